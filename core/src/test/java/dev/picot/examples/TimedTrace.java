/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.examples;

import dev.picot.CallbackThread;
import dev.picot.LoopScheduler;
import dev.picot.ManualLoops;
import dev.picot.Task;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** A scheduler in virtual time, and a trace of what happened at which millisecond. */
final class TimedTrace implements AutoCloseable {
  private final ManualLoops loops;
  private final StringBuilder trace = new StringBuilder();

  TimedTrace(String scheduler) {
    this.loops = LoopScheduler.builder(scheduler).manualInVirtualTime();
  }

  LoopScheduler scheduler() {
    return loops.scheduler();
  }

  /** Milliseconds of virtual time. */
  long now() {
    return loops.elapsed().toMillis();
  }

  void note(String what) {
    trace.append(now()).append(' ').append(what).append('\n');
  }

  /** Starts it, and lets the time pass; that it fails is not reported. */
  <T> CallbackThread<T> run(Task<T> task, Duration time) {
    CallbackThread<T> thread = scheduler().spawn(task);
    CompletableFuture<T> unused = thread.toFuture();
    pass(time);
    return thread;
  }

  /** Runs what is ready, then lets the time pass. */
  void pass(Duration time) {
    loops.runUntilIdle();
    loops.advance(time);
  }

  @Override
  public void close() {
    loops.close();
  }

  @Override
  public String toString() {
    return trace.toString();
  }
}
