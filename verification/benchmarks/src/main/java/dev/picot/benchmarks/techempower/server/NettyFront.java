/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower.server;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.util.Optional;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.resources.LoopResources;

/** The HTTP side of every variant on Reactor Netty: only who answers, and where, differs. */
final class NettyFront {
  private final Function<Call, Mono<Answer>> service;

  private NettyFront(Function<Call, Mono<Answer>> service) {
    this.service = service;
  }

  /** Netty's loops, for the server and for a driver; epoll if it is there. */
  static LoopResources loops(Site site) {
    return LoopResources.create("loop", site.loops(), true);
  }

  /** Listens, and returns the port. */
  static int listen(LoopResources loops, Function<Call, Mono<Answer>> service) {
    DisposableServer server =
        HttpServer.create()
            .host(Site.HOST)
            .port(0)
            .runOn(loops, true)
            .handle(new NettyFront(service)::exchange)
            .bindNow();
    return server.port();
  }

  private Publisher<Void> exchange(HttpServerRequest in, HttpServerResponse out) {
    Optional<Call> call = Call.of(in.uri());
    return call.isEmpty()
        ? out.sendNotFound()
        : service.apply(call.get()).flatMap(answer -> write(out, answer));
  }

  private static Mono<Void> write(HttpServerResponse out, Answer answer) {
    return out.header(HttpHeaderNames.SERVER, Answer.SERVER)
        .header(HttpHeaderNames.DATE, HttpDate.now())
        .header(HttpHeaderNames.CONTENT_TYPE, answer.contentType())
        .header(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(answer.body().length))
        .send(Mono.just(Unpooled.wrappedBuffer(answer.body())))
        .then();
  }
}
