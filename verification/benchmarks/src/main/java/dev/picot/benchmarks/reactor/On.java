/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.reactor;

import dev.picot.LoopScheduler;
import dev.picot.reactor.CallbackSchedulers;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** The scheduler that the operators of a benchmark work with. */
@State(Scope.Benchmark)
public class On {
  /** The schedulers. */
  public enum Where {
    /** As many loops as there are processors. */
    LOOPS,
    /** One loop. */
    LOOP,
    /** {@code Schedulers.parallel()}. */
    PARALLEL,
    /** {@code Schedulers.single()}. */
    SINGLE
  }

  /** Which of them. */
  @Param("LOOPS")
  public Where where;

  Scheduler scheduler;

  /** Null if the scheduler is Reactor's. */
  LoopScheduler loops;

  /** Starts it. */
  @Setup
  public void start() {
    switch (where) {
      case LOOPS -> startLoops(Runtime.getRuntime().availableProcessors());
      case LOOP -> startLoops(1);
      case PARALLEL -> scheduler = Schedulers.parallel();
      case SINGLE -> scheduler = Schedulers.single();
    }
  }

  private void startLoops(int count) {
    loops = LoopScheduler.builder("ours").loops(count).maxCallbackThreads(2_000_000).build();
    scheduler = CallbackSchedulers.of(loops);
  }

  /** Ends it. */
  @TearDown
  public void end() {
    if (loops != null) {
      loops.close();
    }
    Schedulers.shutdownNow();
  }
}
