/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.engine;

import dev.picot.LoopScheduler;
import dev.picot.Task;
import dev.picot.benchmarks.Batch;
import dev.picot.benchmarks.Effort;
import dev.picot.benchmarks.ProgramRun;
import java.time.Duration;

/**
 * P17: what one more yield, spawn or sleep costs while so many callback threads are live on its
 * loop and sleep; and what a yield costs if all of them yield in turns.
 *
 * <p>Yield and spawn by the clock, several times, and the least counts. Sleep, which waits, by the
 * processor time of the process, on average: that clock goes in steps of 10 ms.
 */
public final class GrowthProgram {
  private static final int YIELDS = 1_000_000;
  private static final int SPAWNS = 200_000;
  private static final int SLEEPS = 200_000;
  private static final int SLEEP_MILLIS = 20;

  private final LoopScheduler scheduler = Schedulers.oneLoop("growth");
  private final Batch batch = new Batch();
  private final Task<Void> arrive = Task.run(batch::arrive);
  private final int divisor;

  /** Measures once and gives the nanoseconds for each. */
  private interface Operation {
    double nanos() throws InterruptedException;
  }

  private GrowthProgram(int divisor) {
    this.divisor = divisor;
  }

  /**
   * Prints the nanoseconds.
   *
   * @param arguments the effort and how many are live
   * @throws InterruptedException if interrupted
   */
  public static void main(String[] arguments) throws InterruptedException {
    Effort effort = Effort.valueOf(arguments[0]);
    int live = effort.size(Integer.parseInt(arguments[1]), 1_000);
    GrowthProgram program = new GrowthProgram(effort.size(1, 100));
    int times = effort == Effort.FULL ? 5 : effort.size(3, 1);
    ProgramRun.print("yieldAll", least(times, () -> program.yieldAll(live)));
    program.park(live);
    ProgramRun.print("yield", least(times, program::yieldTwo));
    ProgramRun.print("spawn", least(times, program::spawn));
    ProgramRun.print("sleep", mean(times, program::sleep));
    System.exit(0);
  }

  private static double least(int times, Operation operation) throws InterruptedException {
    double least = Double.MAX_VALUE;
    for (int i = 0; i < times; i++) {
      least = Math.min(least, operation.nanos());
    }
    return least;
  }

  private static double mean(int times, Operation operation) throws InterruptedException {
    double sum = 0;
    for (int i = 0; i < times; i++) {
      sum += operation.nanos();
    }
    return sum / times;
  }

  private void park(int live) throws InterruptedException {
    Task<Void> sleep = Task.sleep(Duration.ofHours(1));
    for (int i = 0; i < live; i++) {
      spawn(sleep);
    }
    batch.begin(1);
    spawn(arrive);
    batch.await();
  }

  private double yieldTwo() throws InterruptedException {
    int each = YIELDS / divisor / 2;
    long before = System.nanoTime();
    batch.begin(2);
    spawn(new YieldBenchmark.Yields(batch, each).again);
    spawn(new YieldBenchmark.Yields(batch, each).again);
    batch.await();
    return (double) (System.nanoTime() - before) / (2L * each);
  }

  private double yieldAll(int live) throws InterruptedException {
    int each = Math.max(4, 2 * YIELDS / divisor / live);
    batch.begin(live);
    YieldBenchmark.Yields[] all = new YieldBenchmark.Yields[live];
    for (int i = 0; i < live; i++) {
      all[i] = new YieldBenchmark.Yields(batch, each);
    }
    Gate gate = new Gate();
    for (YieldBenchmark.Yields yields : all) {
      spawn(gate.pass.flatMap(done -> yields.again));
    }
    long before = System.nanoTime();
    gate.isOpen = true;
    batch.await();
    return (double) (System.nanoTime() - before) / ((double) live * each);
  }

  private double spawn() throws InterruptedException {
    int count = SPAWNS / divisor;
    long before = System.nanoTime();
    batch.begin(count);
    for (int i = 0; i < count; i++) {
      spawn(arrive);
    }
    batch.await();
    return (double) (System.nanoTime() - before) / count;
  }

  private double sleep() throws InterruptedException {
    int count = SLEEPS / divisor;
    long before = ProcessorTime.nanos();
    batch.begin(count);
    for (int i = 0; i < count; i++) {
      spawn(Task.sleep(Duration.ofMillis(1 + i % SLEEP_MILLIS)).then(arrive));
    }
    batch.await();
    return (double) (ProcessorTime.nanos() - before) / count;
  }

  private void spawn(Task<Void> task) {
    var unused = scheduler.spawn(task);
  }

  /** Holds callback threads back, by yielding, until all have been spawned. */
  private static final class Gate {
    private final Task<Void> pass = Task.yieldNow().flatMap(done -> again());
    private volatile boolean isOpen;

    private Task<Void> again() {
      return isOpen ? Task.done() : pass;
    }
  }
}
