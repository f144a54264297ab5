/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.netty;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.netty.util.ReferenceCountUtil;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.Connection;
import reactor.netty.http.websocket.WebsocketInbound;

/** The way into a WebSocket session: frames arrive in slices. */
final class LoopWebsocketInbound implements WebsocketInbound {
  private final WebsocketInbound inbound;
  private final EarlyFlux frames;

  /** The most that a message may have if its fragments are put together; zero if they are not. */
  private volatile int maxContentLength;

  private LoopWebsocketInbound(WebsocketInbound inbound, EarlyFlux frames) {
    this.inbound = inbound;
    this.frames = frames;
  }

  /** On the event loop of the connection. */
  static LoopWebsocketInbound of(WebsocketInbound inbound) {
    EarlyFlux[] frames = new EarlyFlux[1];
    inbound.withConnection(
        connection -> frames[0] = EarlyFlux.of(inbound.receiveObject(), connection.channel()));
    return new LoopWebsocketInbound(inbound, frames[0]);
  }

  /** An answer of the handler; when it was subscribed to, who wants frames has subscribed too. */
  Publisher<Void> handledBy(Publisher<Void> answer) {
    return subscriber -> {
      answer.subscribe(subscriber);
      frames.handled();
    };
  }

  EarlyFlux frames() {
    return frames;
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
    return Crossing.homeCounted(maxContentLength == 0 ? frames : Flux.defer(this::messages));
  }

  /** Not by a handler of the connection, which could come too late for the first fragments. */
  private Flux<Object> messages() {
    EmbeddedChannel aggregator =
        new EmbeddedChannel(new WebSocketFrameAggregator(maxContentLength));
    return new ReleaseFlux<>(
        frames
            .handle(
                (frame, sink) -> {
                  aggregator.writeInbound(ReferenceCountUtil.retain(frame));
                  Object message = aggregator.readInbound();
                  if (message != null) {
                    sink.next(message);
                  }
                })
            // behind a cancellation, on the one thread that writes into it
            .doFinally(end -> frames.onEventLoop(aggregator::finishAndReleaseAll)));
  }

  @Override
  public Mono<WebSocketCloseStatus> receiveCloseStatus() {
    return Crossing.home(inbound.receiveCloseStatus());
  }

  @Override
  public WebsocketInbound aggregateFrames(int maxContentLength) {
    this.maxContentLength = maxContentLength;
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
