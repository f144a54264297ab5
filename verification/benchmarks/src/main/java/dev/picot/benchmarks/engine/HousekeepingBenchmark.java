/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.engine;

import dev.picot.LoopScheduler;
import dev.picot.Task;
import dev.picot.benchmarks.Batch;
import dev.picot.loop.LoopGroup;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * P9: the rows P3 and P2 once more, with and without the threads that keep house.
 *
 * <p>Off means that the threads for watching, reporting and standing by have ended. What cannot be
 * switched off is on in both: the ownership word that the watchdog samples is the one that makes a
 * loop have one owner, the registry is the union of the lists that the loops keep anyway, and the
 * statistics are one counter for each callback thread that ends.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class HousekeepingBenchmark {
  private static final int YIELDS = 1_000_000;
  private static final int TASKS = 100_000;

  /** Ours. */
  @State(Scope.Benchmark)
  public static class Ours {
    /** Whether anybody keeps house. */
    @Param("true")
    public boolean on;

    private final LoopScheduler scheduler = Schedulers.oneLoop("ours");
    private final Batch batch = new Batch();
    private final Task<Void> task = Task.run(batch::arrive);

    /** Ends what keeps house; the fork ends without closing the scheduler then. */
    @Setup
    public void start() {
      if (!on) {
        LoopGroup.of(scheduler).housekeeping().end();
      }
    }
  }

  /** As row P3. */
  @Benchmark
  @OperationsPerInvocation(YIELDS)
  public void yielding(Ours ours) throws InterruptedException {
    YieldBenchmark.yieldInTurns(ours.scheduler);
  }

  /** As row P2 with one producer. */
  @Benchmark
  @OperationsPerInvocation(TASKS)
  public void spawning(Ours ours) throws InterruptedException {
    ours.batch.begin(TASKS);
    for (int i = 0; i < TASKS; i++) {
      var unused = ours.scheduler.spawn(ours.task);
    }
    ours.batch.await();
  }
}
