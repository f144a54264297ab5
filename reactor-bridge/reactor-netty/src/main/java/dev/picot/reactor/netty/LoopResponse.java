/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.netty;

import dev.picot.LoopScheduler;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.cookie.Cookie;
import java.net.SocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.NettyOutbound;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.http.server.WebsocketServerSpec;
import reactor.netty.http.websocket.WebsocketInbound;
import reactor.netty.http.websocket.WebsocketOutbound;

/** A response, see {@link LoopOutbound}. */
// Over 250 lines: the interface of Reactor Netty, method by method.
final class LoopResponse extends LoopOutbound implements HttpServerResponse {
  private final HttpServerResponse response;
  private final LoopScheduler scheduler;

  LoopResponse(HttpServerResponse response, LoopScheduler scheduler) {
    super(response);
    this.response = response;
    this.scheduler = scheduler;
  }

  @Override
  public Mono<Void> send() {
    return Crossing.home(response.send());
  }

  @Override
  public NettyOutbound sendHeaders() {
    return new LoopOutbound(response.sendHeaders());
  }

  @Override
  public Mono<Void> sendNotFound() {
    return Crossing.home(response.sendNotFound());
  }

  @Override
  public Mono<Void> sendRedirect(String location) {
    return Crossing.home(response.sendRedirect(location));
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

  @Override
  public HttpServerResponse addCookie(Cookie cookie) {
    response.addCookie(cookie);
    return this;
  }

  @Override
  public HttpServerResponse addHeader(CharSequence name, CharSequence value) {
    response.addHeader(name, value);
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
    response.header(name, value);
    return this;
  }

  @Override
  public HttpServerResponse headers(HttpHeaders headers) {
    response.headers(headers);
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
    response.status(status);
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
    return response.hasSentHeaders();
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
