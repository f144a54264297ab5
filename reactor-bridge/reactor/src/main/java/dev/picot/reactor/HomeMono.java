/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor;

import dev.picot.loop.LoopThread;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoOperator;
import reactor.core.publisher.Operators;

/** See {@link CallbackMono#home}. */
final class HomeMono<T> extends MonoOperator<T, T> {
  private HomeMono(Mono<T> source) {
    super(source);
  }

  static <T> Mono<T> of(Mono<T> source) {
    return onAssembly(new HomeMono<>(source));
  }

  @Override
  public void subscribe(CoreSubscriber<? super T> actual) {
    LoopThread thread = LoopThread.current();
    if (thread == null) {
      Operators.error(actual, OffLoop.noHome("CallbackMono.home(mono)", "mono"));
    } else {
      source.subscribe(new HomeSubscriber<T>(actual, thread.loop(), LoopThread.currentTask()));
    }
  }

  @Override
  @SuppressWarnings("rawtypes") // as Reactor declares it
  public @Nullable Object scanUnsafe(Attr key) {
    return key == Attr.RUN_STYLE ? Attr.RunStyle.ASYNC : super.scanUnsafe(key);
  }
}
