/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.netty;

import dev.picot.LoopScheduler;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.cookie.Cookie;
import io.netty.util.ReferenceCountUtil;
import java.net.SocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.NettyOutbound;
import reactor.netty.channel.AbortedException;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.http.server.WebsocketServerSpec;
import reactor.netty.http.websocket.WebsocketInbound;
import reactor.netty.http.websocket.WebsocketOutbound;

/**
 * A response, see {@link LoopOutbound}.
 *
 * <p>Reactor Netty keeps the one buffer of a response for a moment before it writes it, and forgets
 * it if the request ends just then. So buffers that may be that one are handed over on the event
 * loop, where nothing ends meanwhile, and are released there if the request has ended.
 */
// Over 250 lines: the interface of Reactor Netty, method by method.
final class LoopResponse extends LoopOutbound implements HttpServerResponse {
  private final HttpServerResponse response;
  private final LoopScheduler scheduler;
  private final Connection request;
  private final EventLoop eventLoop;

  /** Whether a whole response was handed over, though Reactor Netty may not know it yet. */
  private volatile boolean hasSent;

  /** Completed when that was written, or released. */
  private final CompletableFuture<Void> written = new CompletableFuture<>();

  /** On the event loop. */
  LoopResponse(HttpServerResponse response, LoopScheduler scheduler) {
    super(response);
    this.response = response;
    this.scheduler = scheduler;
    AtomicReference<Connection> connected = new AtomicReference<>();
    response.withConnection(connected::set);
    this.request = Objects.requireNonNull(connected.get(), "connection");
    this.eventLoop = request.channel().eventLoop();
  }

  /** Tells of the handler's end, after a response that was handed over. Any thread, once. */
  void ends(Runnable told) {
    if (hasSent) {
      var unused = written.thenRun(told);
    } else {
      told.run();
    }
  }

  @Override
  public NettyOutbound send(Publisher<? extends ByteBuf> data) {
    if (!(data instanceof Mono<? extends ByteBuf> one)) {
      return super.send(data);
    }
    return new Buffer(
        request.channel().isActive()
            ? Crossing.awayOne(one)
                .doOnDiscard(ByteBuf.class, ByteBuf::release)
                .handle((buffer, none) -> handOver(buffer)) // then() would discard what is sent
            : Mono.error(AbortedException.beforeSend()));
  }

  @Override
  public NettyOutbound sendObject(Object message) {
    return message instanceof ByteBuf buffer
        ? new Buffer(
            Mono.defer( // which cannot be cancelled before
                () -> {
                  handOver(buffer);
                  return Mono.empty();
                }))
        : new Other(response.sendObject(message), message);
  }

  private void handOver(ByteBuf buffer) {
    if (!response.hasSentHeaders()) {
      hasSent = true;
    }
    boolean isPosted = false;
    try {
      eventLoop.execute(() -> write(buffer));
      isPosted = true;
    } catch (RejectedExecutionException e) {
      throw AbortedException.beforeSend();
    } finally {
      if (!isPosted) { // also without memory, or at the end of the stack
        buffer.release();
        written.complete(null);
      }
    }
  }

  /** On the event loop. */
  private void write(ByteBuf buffer) {
    try {
      writeOrRelease(buffer);
    } finally {
      written.complete(null);
    }
  }

  private void writeOrRelease(ByteBuf buffer) {
    if (request.isDisposed()) {
      buffer.release();
    } else {
      response
          .sendObject(buffer)
          .then()
          .subscribe(nothing -> {}, error -> request.disposeSubscriber().onError(error));
    }
  }

  /** One buffer; more follows it as it does in Reactor Netty. */
  private final class Buffer extends LoopOutbound {
    private final Mono<Void> handedOver;

    Buffer(Mono<Void> handedOver) {
      super(response);
      this.handedOver = handedOver;
    }

    @Override
    public Mono<Void> then() {
      return Crossing.home(handedOver);
    }

    @Override
    public NettyOutbound send(Publisher<? extends ByteBuf> data) {
      return send(data, buffer -> false);
    }

    @Override
    public NettyOutbound sendObject(Object message) {
      return LoopResponse.this.sendObject(message);
    }

    @Override
    NettyOutbound sending(NettyOutbound next) {
      return new Other(next, null);
    }
  }

  /** All else, unless a whole response is on its way. */
  private final class Other extends LoopOutbound {
    private final NettyOutbound outbound;
    private final @Nullable Object message;

    Other(NettyOutbound outbound, @Nullable Object message) {
      super(outbound);
      this.outbound = outbound;
      this.message = message;
    }

    @Override
    public Mono<Void> then() {
      return Mono.defer(
          () -> {
            if (hasSent) {
              ReferenceCountUtil.safeRelease(message);
              return Mono.empty();
            }
            return super.then();
          });
    }

    @Override
    public NettyOutbound sendObject(Object next) {
      return new Other(outbound.sendObject(next), next);
    }

    @Override
    NettyOutbound sending(NettyOutbound next) {
      return new Other(next, null);
    }
  }

  private Mono<Void> unlessSent(Supplier<Mono<Void>> sending) {
    return Mono.defer(() -> hasSent ? Mono.empty() : Crossing.home(sending.get()));
  }

  @Override
  NettyOutbound sending(NettyOutbound next) {
    return new Other(next, null);
  }

  @Override
  public Mono<Void> send() {
    return unlessSent(response::send);
  }

  @Override
  public NettyOutbound sendHeaders() {
    return sending(response.sendHeaders());
  }

  @Override
  public Mono<Void> sendNotFound() {
    return unlessSent(response::sendNotFound);
  }

  @Override
  public Mono<Void> sendRedirect(String location) {
    return unlessSent(() -> response.sendRedirect(location));
  }

  @Override
  public Mono<Void> sendWebsocket(
      BiFunction<? super WebsocketInbound, ? super WebsocketOutbound, ? extends Publisher<Void>>
          handler,
      WebsocketServerSpec spec) {
    return Crossing.home(
        Crossing.onEventLoop(
            response,
            () -> response.sendWebsocket(CallbackHttp.websocket(scheduler, handler), spec)));
  }

  @Override
  public HttpServerResponse withConnection(Consumer<? super Connection> consumer) {
    response.withConnection(consumer);
    return this;
  }

  // Settings

  private HttpServerResponse unsent() {
    if (hasSent) {
      throw new IllegalStateException("Status and headers already sent");
    }
    return response;
  }

  @Override
  public HttpServerResponse addCookie(Cookie cookie) {
    unsent().addCookie(cookie);
    return this;
  }

  @Override
  public HttpServerResponse addHeader(CharSequence name, CharSequence value) {
    unsent().addHeader(name, value);
    return this;
  }

  @Override
  public HttpServerResponse chunkedTransfer(boolean chunked) {
    response.chunkedTransfer(chunked);
    return this;
  }

  @Override
  public HttpServerResponse compression(boolean compress) {
    response.compression(compress);
    return this;
  }

  @Override
  public HttpServerResponse header(CharSequence name, CharSequence value) {
    unsent().header(name, value);
    return this;
  }

  @Override
  public HttpServerResponse headers(HttpHeaders headers) {
    unsent().headers(headers);
    return this;
  }

  @Override
  public HttpServerResponse keepAlive(boolean keepAlive) {
    response.keepAlive(keepAlive);
    return this;
  }

  @Override
  public HttpServerResponse sse() {
    response.sse();
    return this;
  }

  @Override
  public HttpServerResponse status(HttpResponseStatus status) {
    unsent().status(status);
    return this;
  }

  @Override
  public HttpServerResponse trailerHeaders(Consumer<? super HttpHeaders> trailers) {
    response.trailerHeaders(trailers);
    return this;
  }

  // All else is asked of it

  @Override
  public boolean hasSentHeaders() {
    return hasSent || response.hasSentHeaders();
  }

  @Override
  public HttpHeaders responseHeaders() {
    return response.responseHeaders();
  }

  @Override
  public HttpResponseStatus status() {
    return response.status();
  }

  @Override
  public Map<CharSequence, List<Cookie>> allCookies() {
    return response.allCookies();
  }

  @Override
  public Map<CharSequence, Set<Cookie>> cookies() {
    return response.cookies();
  }

  @Override
  public String fullPath() {
    return response.fullPath();
  }

  @Override
  public String requestId() {
    return response.requestId();
  }

  @Override
  public boolean isKeepAlive() {
    return response.isKeepAlive();
  }

  @Override
  public boolean isWebsocket() {
    return response.isWebsocket();
  }

  @Override
  public HttpMethod method() {
    return response.method();
  }

  @Override
  public String uri() {
    return response.uri();
  }

  @Override
  public HttpVersion version() {
    return response.version();
  }

  @Override
  public @Nullable SocketAddress hostAddress() {
    return response.hostAddress();
  }

  @Override
  public @Nullable SocketAddress remoteAddress() {
    return response.remoteAddress();
  }

  @Override
  public @Nullable SocketAddress connectionHostAddress() {
    return response.connectionHostAddress();
  }

  @Override
  public @Nullable SocketAddress connectionRemoteAddress() {
    return response.connectionRemoteAddress();
  }

  @Override
  public String scheme() {
    return response.scheme();
  }

  @Override
  public String connectionScheme() {
    return response.connectionScheme();
  }

  @Override
  public String hostName() {
    return response.hostName();
  }

  @Override
  public int hostPort() {
    return response.hostPort();
  }
}
