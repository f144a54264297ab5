/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.netty;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.cookie.Cookie;
import io.netty.handler.codec.http.multipart.HttpData;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.netty.ByteBufFlux;
import reactor.netty.Connection;
import reactor.netty.http.server.HttpServerFormDecoderProvider;
import reactor.netty.http.server.HttpServerRequest;

/** A request whose body arrives in slices. */
record LoopRequest(HttpServerRequest request) implements HttpServerRequest {
  @Override
  public ByteBufFlux receive() {
    return ByteBufFlux.fromInbound(receiveObject());
  }

  @Override
  public Flux<?> receiveObject() {
    return Crossing.homeCounted(request.receiveObject());
  }

  @Override
  public Flux<HttpData> receiveForm() {
    return Crossing.homeCounted(request.receiveForm());
  }

  @Override
  public Flux<HttpData> receiveForm(Consumer<HttpServerFormDecoderProvider.Builder> options) {
    return Crossing.homeCounted(request.receiveForm(options));
  }

  @Override
  public HttpServerRequest withConnection(Consumer<? super Connection> consumer) {
    request.withConnection(consumer);
    return this;
  }

  @Override
  public HttpServerRequest paramsResolver(
      @Nullable Function<? super String, Map<String, String>> resolver) {
    request.paramsResolver(resolver);
    return this;
  }

  // All else is asked of it

  @Override
  public @Nullable String param(CharSequence key) {
    return request.param(key);
  }

  @Override
  public @Nullable Map<String, String> params() {
    return request.params();
  }

  @Override
  public boolean isFormUrlencoded() {
    return request.isFormUrlencoded();
  }

  @Override
  public boolean isMultipart() {
    return request.isMultipart();
  }

  @Override
  public @Nullable InetSocketAddress hostAddress() {
    return request.hostAddress();
  }

  @Override
  public @Nullable InetSocketAddress remoteAddress() {
    return request.remoteAddress();
  }

  @Override
  public HttpHeaders requestHeaders() {
    return request.requestHeaders();
  }

  @Override
  public String protocol() {
    return request.protocol();
  }

  @Override
  public ZonedDateTime timestamp() {
    return request.timestamp();
  }

  @Override
  public @Nullable String forwardedPrefix() {
    return request.forwardedPrefix();
  }

  @Override
  public Map<CharSequence, List<Cookie>> allCookies() {
    return request.allCookies();
  }

  @Override
  public Map<CharSequence, Set<Cookie>> cookies() {
    return request.cookies();
  }

  @Override
  public String fullPath() {
    return request.fullPath();
  }

  @Override
  public String requestId() {
    return request.requestId();
  }

  @Override
  public boolean isKeepAlive() {
    return request.isKeepAlive();
  }

  @Override
  public boolean isWebsocket() {
    return request.isWebsocket();
  }

  @Override
  public HttpMethod method() {
    return request.method();
  }

  @Override
  public String uri() {
    return request.uri();
  }

  @Override
  public HttpVersion version() {
    return request.version();
  }

  @Override
  public @Nullable SocketAddress connectionHostAddress() {
    return request.connectionHostAddress();
  }

  @Override
  public @Nullable SocketAddress connectionRemoteAddress() {
    return request.connectionRemoteAddress();
  }

  @Override
  public String scheme() {
    return request.scheme();
  }

  @Override
  public String connectionScheme() {
    return request.connectionScheme();
  }

  @Override
  public String hostName() {
    return request.hostName();
  }

  @Override
  public int hostPort() {
    return request.hostPort();
  }
}
