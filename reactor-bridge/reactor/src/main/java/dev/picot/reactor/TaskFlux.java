/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor;

import dev.picot.Emitter;
import dev.picot.LoopScheduler;
import dev.picot.Step;
import dev.picot.Task;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;

/** One callback thread for each subscriber, which emits to it; see {@link CallbackFlux#of}. */
final class TaskFlux<T> extends Flux<T> implements Scannable {
  private final LoopScheduler scheduler;
  private final Publisher<T> source;

  private TaskFlux(LoopScheduler scheduler, Publisher<T> source) {
    this.scheduler = scheduler;
    this.source = source;
  }

  static <T> Flux<T> of(LoopScheduler scheduler, Step<? super Emitter<T>, ? extends Task<?>> body) {
    return onAssembly(new TaskFlux<>(scheduler, scheduler.stream(body)));
  }

  @Override
  public void subscribe(CoreSubscriber<? super T> actual) {
    if (VirtualTime.isNotOf(scheduler)) {
      Operators.error(actual, VirtualTime.refusal(scheduler));
    } else {
      source.subscribe(new TaskSubscriber<>(actual, 0));
    }
  }

  @Override
  @SuppressWarnings("rawtypes") // as Reactor declares it
  public @Nullable Object scanUnsafe(Attr key) {
    return key == Attr.RUN_STYLE ? Attr.RunStyle.ASYNC : null;
  }
}
