/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.netty;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.NettyOutbound;

/** What sends publishers of the user, whom it calls in slices, and tells of the end in one. */
class LoopOutbound implements NettyOutbound {
  private final NettyOutbound outbound;

  LoopOutbound(NettyOutbound outbound) {
    this.outbound = outbound;
  }

  /** What sends more after this. */
  NettyOutbound sending(NettyOutbound next) {
    return new LoopOutbound(next);
  }

  @Override
  public Mono<Void> then() {
    return Crossing.home(AwaySubscriber.keepingLoop(outbound.then()));
  }

  @Override
  public NettyOutbound send(Publisher<? extends ByteBuf> data) {
    return sending(outbound.send(Crossing.away(data)));
  }

  @Override
  public NettyOutbound send(Publisher<? extends ByteBuf> data, Predicate<ByteBuf> predicate) {
    return sending(outbound.send(Crossing.away(data), predicate));
  }

  @Override
  public NettyOutbound sendObject(Publisher<?> data) {
    return sending(outbound.sendObject(Crossing.away(data)));
  }

  @Override
  public NettyOutbound sendObject(Publisher<?> data, Predicate<Object> predicate) {
    return sending(outbound.sendObject(Crossing.away(data), predicate));
  }

  @Override
  public NettyOutbound sendObject(Object message) {
    return sending(outbound.sendObject(message));
  }

  @Override
  public <S> NettyOutbound sendUsing(
      Callable<? extends S> input,
      BiFunction<? super Connection, ? super S, ?> mapped,
      Consumer<? super S> cleanup) {
    return sending(outbound.sendUsing(input, mapped, cleanup));
  }

  @Override
  public ByteBufAllocator alloc() {
    return outbound.alloc();
  }

  @Override
  public NettyOutbound withConnection(Consumer<? super Connection> consumer) {
    outbound.withConnection(consumer);
    return this;
  }
}
