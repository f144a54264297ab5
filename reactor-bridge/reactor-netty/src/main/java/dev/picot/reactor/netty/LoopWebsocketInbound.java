/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.netty;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.Connection;
import reactor.netty.http.websocket.WebsocketInbound;

/** The way into a WebSocket session: frames arrive in slices. */
record LoopWebsocketInbound(WebsocketInbound inbound, EarlyFlux frames)
    implements WebsocketInbound {

  /** On the event loop of the connection. */
  static LoopWebsocketInbound of(WebsocketInbound inbound) {
    EarlyFlux[] frames = new EarlyFlux[1];
    inbound.withConnection(
        connection ->
            frames[0] = EarlyFlux.of(inbound.receiveObject(), connection.channel().eventLoop()));
    return new LoopWebsocketInbound(inbound, frames[0]);
  }

  /** The session is over. */
  void letGo() {
    frames.letGo();
  }

  @Override
  public ByteBufFlux receive() {
    return ByteBufFlux.fromInbound(receiveObject());
  }

  @Override
  public Flux<?> receiveObject() {
    return Crossing.homeCounted(frames);
  }

  @Override
  public Mono<WebSocketCloseStatus> receiveCloseStatus() {
    return Crossing.home(inbound.receiveCloseStatus());
  }

  @Override
  public WebsocketInbound aggregateFrames(int maxContentLength) {
    inbound.aggregateFrames(maxContentLength);
    return this;
  }

  @Override
  public WebsocketInbound withConnection(Consumer<? super Connection> consumer) {
    inbound.withConnection(consumer);
    return this;
  }

  @Override
  public @Nullable String selectedSubprotocol() {
    return inbound.selectedSubprotocol();
  }

  @Override
  public HttpHeaders headers() {
    return inbound.headers();
  }
}
