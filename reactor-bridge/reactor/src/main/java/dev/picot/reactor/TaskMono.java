/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor;

import dev.picot.LoopScheduler;
import dev.picot.Task;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/** One callback thread for each subscriber; see {@link CallbackMono#of}. */
final class TaskMono<T> extends Mono<T> implements Scannable {
  private final LoopScheduler scheduler;
  private final Publisher<T> source;
  private final boolean mayWaitForTime;

  private TaskMono(
      LoopScheduler scheduler, Task<? extends @Nullable T> task, boolean mayWaitForTime) {
    this.scheduler = scheduler;
    this.source = shown(scheduler.publisher(task));
    this.mayWaitForTime = mayWaitForTime;
  }

  static <T> Mono<T> of(LoopScheduler scheduler, Task<? extends @Nullable T> task) {
    return onAssembly(new TaskMono<>(scheduler, task, true));
  }

  /** Of a task that uses no timer. */
  static <T> Mono<T> untimed(LoopScheduler scheduler, Task<? extends @Nullable T> task) {
    return onAssembly(new TaskMono<>(scheduler, task, false));
  }

  @SuppressWarnings("unchecked") // null is empty completion
  private static <T> Publisher<T> shown(Publisher<? extends @Nullable T> source) {
    return (Publisher<T>) source;
  }

  @Override
  public void subscribe(CoreSubscriber<? super T> actual) {
    if (mayWaitForTime && VirtualTime.isNotOf(scheduler)) {
      Operators.error(actual, VirtualTime.refusal(scheduler));
    } else {
      source.subscribe(new TaskSubscriber<>(actual, Integer.MAX_VALUE));
    }
  }

  @Override
  @SuppressWarnings("rawtypes") // as Reactor declares it
  public @Nullable Object scanUnsafe(Attr key) {
    return key == Attr.RUN_STYLE ? Attr.RunStyle.ASYNC : null;
  }
}
