/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.netty;

import dev.picot.loop.Loop;
import dev.picot.loop.LoopThread;
import dev.picot.reactor.CallbackFlux;
import dev.picot.reactor.CallbackMono;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.ReferenceCounted;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.Fuseable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.NettyOutbound;

/**
 * Where signals cross between Netty's frames, in which nobody may get stuck, and slices, in which
 * user code runs.
 */
final class Crossing {
  private Crossing() {}

  /** From Netty to the user: in slices of the loop that subscribes; elsewhere unchanged. */
  static <T> Mono<T> home(Mono<T> ofNetty) {
    return Mono.defer(() -> LoopThread.current() == null ? ofNetty : CallbackMono.home(ofNetty));
  }

  /** From Netty to the user: in slices of the loop that subscribes; elsewhere unchanged. */
  static <T> Flux<T> home(Flux<T> ofNetty) {
    return Flux.defer(
        () -> LoopThread.current() == null ? ofNetty : CallbackFlux.home(new HereFlux<>(ofNetty)));
  }

  /**
   * The same for what Netty releases as soon as it was passed on: it is kept until the user has
   * seen it. While a step is stuck with it nobody else gets its memory.
   */
  static <T> Flux<T> homeCounted(Flux<T> ofNetty) {
    return Flux.defer(
        () ->
            LoopThread.current() == null
                ? ofNetty
                : new ReleaseFlux<>(
                        CallbackFlux.home(new HereFlux<>(ofNetty.map(ReferenceCountUtil::retain))))
                    .doOnDiscard(ReferenceCounted.class, ReferenceCountUtil::release));
  }

  /**
   * From the user to Netty, which subscribes, requests and cancels: that reaches the user's
   * publisher in slices of the loop that subscribes; elsewhere unchanged.
   *
   * <p>A Mono becomes a Flux, for Reactor Netty forgets what comes of a Mono when the connection
   * has closed.
   */
  static <T> Flux<T> away(Publisher<T> ofUser) {
    return new AwayFlux<>(ofUser);
  }

  /** The same for a Mono that stays one. */
  static <T> Mono<T> awayOne(Mono<T> ofUser) {
    boolean isConstant = ofUser instanceof Fuseable.ScalarCallable; // no code of the user
    return isConstant ? ofUser : new AwayMono<>(ofUser);
  }

  /** The same for a publisher that is also made in a slice, and of a given loop. */
  static <T> Flux<T> away(Loop loop, Supplier<? extends Publisher<T>> ofUser) {
    return new AwayFlux<>(Flux.defer(ofUser), loop);
  }

  /**
   * For what Reactor Netty expects to be asked for on the event loop of the connection: elsewhere
   * an upgrade would race with the frames that follow it.
   */
  static <T> Mono<T> onEventLoop(NettyOutbound connected, Supplier<Mono<T>> ofNetty) {
    return Mono.defer(ofNetty)
        .subscribeOn(
            Schedulers.fromExecutor(
                task ->
                    connected.withConnection(
                        connection -> connection.channel().eventLoop().execute(task))));
  }

  /** The loop whose slice the calling thread runs. */
  static @Nullable Loop loopOfSlice() {
    LoopThread thread = LoopThread.current();
    return thread == null || LoopThread.currentTask() == null ? null : thread.loop();
  }
}
