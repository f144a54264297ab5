/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor;

import java.util.concurrent.Executor;
import reactor.core.Disposable;
import reactor.core.Exceptions;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * The way of what a task throws: to the uncaught exception handler of the thread, then to {@code
 * Schedulers.onHandleError}.
 *
 * <p>Reactor keeps the method that does so to itself. But a Worker of {@code fromExecutor} calls it
 * for the tasks that its executor runs; and if that executor is a Scheduler, the task does not pass
 * through the schedule hooks again.
 */
final class UncaughtErrors implements Executor, Scheduler {
  private UncaughtErrors() {}

  /** In a slice, for both may be the user's; whatever they throw harms nobody. */
  static void tell(Throwable error, SchedulerView view) {
    try {
      new UncaughtErrors()
          .schedule(
              () -> {
                throw unchecked(error);
              });
    } catch (Throwable e) {
      view.handlerFailed(e);
    }
  }

  /** As it is; only what is checked is wrapped, and Reactor takes that off again. */
  private static RuntimeException unchecked(Throwable error) {
    if (error instanceof Error it) {
      throw it;
    }
    return error instanceof RuntimeException it ? it : Exceptions.propagate(error);
  }

  @Override
  public Disposable schedule(Runnable task) {
    return createWorker().schedule(task);
  }

  @Override
  public Worker createWorker() {
    return Schedulers.fromExecutor(this).createWorker();
  }

  @Override
  public void execute(Runnable task) {
    task.run();
  }
}
