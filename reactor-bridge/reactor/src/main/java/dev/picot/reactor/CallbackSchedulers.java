/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor;

import dev.picot.LoopScheduler;
import dev.picot.loop.LoopGroup;
import java.util.Objects;
import reactor.core.scheduler.Scheduler;

/**
 * Shows loop schedulers as Reactor schedulers, for operators that ask for one: {@code publishOn},
 * {@code delayElements}, {@code timeout}.
 *
 * <h2>Threading</h2>
 *
 * Each Worker belongs to one loop: its tasks run there, one after the other, in the order in which
 * they were scheduled. A task that gets stuck is detached when its loop is taken over, never
 * failed: its Worker waits for it, everybody else goes on. Nothing that is disposed or cancelled
 * interrupts a loop. Tasks take no permit of the loop scheduler.
 *
 * <h2>Lifecycle</h2>
 *
 * Disposing a view ends the view: what waits is dropped, and new tasks are refused with {@link
 * java.util.concurrent.RejectedExecutionException}. It does not close the loop scheduler, but is
 * disposed with it. While the loop scheduler is being closed, Workers that exist already accept
 * tasks as long as there are callback threads to finish.
 *
 * <h2>Errors</h2>
 *
 * What a task throws goes where that of Reactor's own schedulers goes: to the uncaught exception
 * handler of the thread, which writes it to the log of {@code dev.picot} unless it was replaced,
 * then to {@code Schedulers.onHandleError}. The loop, the Worker and a periodic task go on.
 *
 * <pre>
 * Scheduler onCheckout = CallbackSchedulers.of(checkout);
 * prices.publishOn(onCheckout).map(Price::rounded)
 * </pre>
 *
 * @see CallbackMono
 * @since 0.1
 */
public final class CallbackSchedulers {
  private CallbackSchedulers() {}

  /**
   * Makes a view of a loop scheduler.
   *
   * @param scheduler the loop scheduler
   * @return a new view, which the caller may dispose
   */
  public static Scheduler of(LoopScheduler scheduler) {
    Objects.requireNonNull(scheduler, "scheduler");
    NonBlockingLoops.register();
    return new SchedulerView(LoopGroup.of(scheduler));
  }
}
