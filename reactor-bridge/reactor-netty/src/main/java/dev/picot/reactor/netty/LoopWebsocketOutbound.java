/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.netty;

import io.netty.buffer.ByteBuf;
import java.nio.charset.Charset;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.NettyOutbound;
import reactor.netty.http.websocket.WebsocketOutbound;

/** The way out of a WebSocket session, see {@link LoopOutbound}. */
final class LoopWebsocketOutbound extends LoopOutbound implements WebsocketOutbound {
  private final WebsocketOutbound outbound;

  LoopWebsocketOutbound(WebsocketOutbound outbound) {
    super(outbound);
    this.outbound = outbound;
  }

  @Override
  public NettyOutbound send(Publisher<? extends ByteBuf> data) {
    return super.send(data);
  }

  @Override
  public NettyOutbound sendString(Publisher<? extends String> data, Charset charset) {
    return new LoopOutbound(outbound.sendString(Crossing.away(data), charset));
  }

  @Override
  public @Nullable String selectedSubprotocol() {
    return outbound.selectedSubprotocol();
  }

  @Override
  public Mono<Void> sendClose() {
    return Crossing.home(outbound.sendClose());
  }

  @Override
  public Mono<Void> sendClose(int rsv) {
    return Crossing.home(outbound.sendClose(rsv));
  }

  @Override
  public Mono<Void> sendClose(int statusCode, @Nullable String reason) {
    return Crossing.home(outbound.sendClose(statusCode, reason));
  }

  @Override
  public Mono<Void> sendClose(int rsv, int statusCode, @Nullable String reason) {
    return Crossing.home(outbound.sendClose(rsv, statusCode, reason));
  }
}
