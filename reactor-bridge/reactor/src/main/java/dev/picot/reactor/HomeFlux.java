/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor;

import dev.picot.loop.LoopThread;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.core.publisher.Operators;
import reactor.util.concurrent.Queues;

/** See {@link CallbackFlux#home}. */
final class HomeFlux<T> extends FluxOperator<T, T> {
  private HomeFlux(Flux<T> source) {
    super(source);
  }

  static <T> Flux<T> of(Flux<T> source) {
    return onAssembly(new HomeFlux<>(source));
  }

  @Override
  public int getPrefetch() {
    return Queues.SMALL_BUFFER_SIZE;
  }

  @Override
  public void subscribe(CoreSubscriber<? super T> actual) {
    LoopThread thread = LoopThread.current();
    if (thread == null) {
      Operators.error(actual, OffLoop.noHome("CallbackFlux.home(flux)", "flux"));
    } else {
      source.subscribe(
          new BurstSubscriber<T>(
              actual, thread.loop(), LoopThread.currentTask(), Queues.SMALL_BUFFER_SIZE));
    }
  }

  @Override
  @SuppressWarnings("rawtypes") // as Reactor declares it
  public @Nullable Object scanUnsafe(Attr key) {
    return key == Attr.RUN_STYLE ? Attr.RunStyle.ASYNC : super.scanUnsafe(key);
  }
}
