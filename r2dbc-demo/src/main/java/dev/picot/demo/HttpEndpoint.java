/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.demo;

import dev.picot.reactor.netty.PicotLoopResources;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.resources.LoopResources;

/**
 * The door to the network: collects requests and writes responses on Netty's own loops.
 *
 * <p>Threading: the function that answers is called on the I/O loop of the connection; it must only
 * make the publisher. The publisher may signal anywhere; the response is written on the I/O loop
 * again. A client that goes away cancels the publisher.
 */
final class HttpEndpoint implements AutoCloseable {
  private static final Logger LOG = System.getLogger(HttpEndpoint.class.getName());

  private static final Duration IDLE_LIMIT = Duration.ofSeconds(60);
  private static final Duration REQUEST_LIMIT = Duration.ofSeconds(30);
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);
  private static final int MAX_LINE_LENGTH = 8 * 1024;

  private final int maxBody;
  private final Duration drain;
  private final Function<Request, Publisher<Response>> service;
  private final LoopResources loops;
  private final DisposableServer server;
  private volatile boolean draining; // set once, by whoever closes

  /**
   * Binds the port.
   *
   * @param settings address, port and limits
   * @param loops serve the connections; closed with this, or if the port is not to be had, unless
   *     they belong to a service
   * @param service answers requests
   * @throws reactor.netty.ChannelBindException if the port is not to be had
   */
  HttpEndpoint(
      Settings settings, LoopResources loops, Function<Request, Publisher<Response>> service) {
    this.maxBody = settings.maxBody();
    this.drain = settings.drain();
    this.service = service;
    this.loops = loops;
    ChannelGroup connections = new DefaultChannelGroup(ImmediateEventExecutor.INSTANCE);
    try {
      this.server =
          HttpServer.create()
              .host(settings.host())
              .port(settings.port())
              .runOn(loops)
              .channelGroup(connections)
              .httpRequestDecoder(decoder -> decoder.maxInitialLineLength(MAX_LINE_LENGTH))
              .idleTimeout(IDLE_LIMIT)
              .requestTimeout(REQUEST_LIMIT)
              .handle(this::exchange)
              .bindNow();
    } catch (RuntimeException e) {
      closeLoops();
      throw e;
    }
  }

  private Publisher<Void> exchange(HttpServerRequest in, HttpServerResponse out) {
    String path = Target.rawPath(in.uri());
    return collect(in)
        .flatMap(
            body ->
                Mono.from(service.apply(request(in, body)))
                    .onErrorResume(error -> Mono.just(lastResort(path, error))))
        // Other failures so far are those of a connection that has nobody to answer to.
        .onErrorResume(ProblemException.class, problem -> Mono.just(problem.response(path)))
        .publishOn(Schedulers.fromExecutor(eventLoop(in)))
        .flatMap(response -> Mono.from(write(response, in, out)));
  }

  /** The answer when there was no callback thread, or none any more, to make one. */
  private static Response lastResort(String path, Throwable error) {
    ProblemException problem = ProblemException.of(error);
    if (problem.status() == 500) {
      LOG.log(Level.ERROR, "A request failed outside of its callback thread", error);
    }
    return problem.response(path);
  }

  private Mono<byte[]> collect(HttpServerRequest in) {
    String length = in.requestHeaders().get(HttpHeaderNames.CONTENT_LENGTH);
    if (length != null && Long.parseLong(length) > maxBody) {
      return Mono.error(ProblemException.tooLarge(maxBody));
    }
    return in.receive()
        .asByteArray()
        .collect(ByteArrayOutputStream::new, this::append)
        .map(ByteArrayOutputStream::toByteArray);
  }

  private void append(ByteArrayOutputStream body, byte[] part) {
    if (body.size() + part.length > maxBody) {
      throw ProblemException.tooLarge(maxBody);
    }
    body.writeBytes(part);
  }

  private static Request request(HttpServerRequest in, byte[] body) {
    HttpHeaders headers = in.requestHeaders();
    return new Request(
        in.method().name(),
        in.uri(),
        headers.get(HttpHeaderNames.CONTENT_TYPE),
        headers.get(HttpHeaderNames.ACCEPT),
        headers.get("idempotency-key"),
        new ByteArrayInputStream(body));
  }

  private static Executor eventLoop(HttpServerRequest in) {
    AtomicReference<Executor> loop = new AtomicReference<>();
    in.withConnection(connection -> loop.set(connection.channel().eventLoop()));
    return Objects.requireNonNull(loop.get(), "connection");
  }

  private Publisher<Void> write(Response response, HttpServerRequest in, HttpServerResponse out) {
    byte[] body = response.bytes();
    out.status(response.status())
        .header(HttpHeaderNames.CONTENT_TYPE, response.contentType())
        .header(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(body.length));
    response.headers().forEach(out::header);
    if (draining) {
      out.keepAlive(false);
    }
    return in.method().equals(HttpMethod.HEAD) ? out.send() : out.sendByteArray(Mono.just(body));
  }

  /** {@return the port that is bound} */
  int port() {
    return server.port();
  }

  /** Blocks until it listens no more. */
  void awaitStop() {
    server.onDispose().block();
  }

  /**
   * Stops listening, waits for the exchanges in progress as long as the settings say, then closes
   * every connection and ends the I/O loops. Blocks.
   */
  @Override
  public void close() {
    draining = true;
    try {
      server.disposeNow(drain);
    } catch (IllegalStateException e) {
      LOG.log(
          Level.WARNING,
          "Exchanges were still in progress after {0} ms; their connections are closed.",
          drain.toMillis());
    }
    closeLoops();
  }

  private void closeLoops() {
    if (!(loops instanceof PicotLoopResources)) {
      loops.disposeLater(Duration.ZERO, CLOSE_LIMIT).block();
    }
  }
}
