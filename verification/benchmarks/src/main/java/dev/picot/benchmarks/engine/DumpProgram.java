/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.engine;

import dev.picot.CallbackThread;
import dev.picot.LoopScheduler;
import dev.picot.Task;
import dev.picot.benchmarks.Effort;
import dev.picot.benchmarks.ProgramRun;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * P16: a dump of {@value #PARKED} callback threads on two loops, one of which is stuck and is not
 * taken over. It prints the first dump of the process, one with warm code, and the longest time
 * that the other loop served nobody during a dump.
 */
public final class DumpProgram {
  private static final int PARKED = 100_000;
  private static final int WARMUPS = 20;

  private volatile boolean isReleased;

  /** The longest time between two turns of the pulse. Written by its loop, reset from outside. */
  private volatile long longestNanos;

  private long lastNanos;

  private final Task<Void> pulse = Task.yieldNow().flatMap(done -> beat());

  private DumpProgram() {}

  /**
   * Prints the milliseconds.
   *
   * @param arguments the effort
   * @throws InterruptedException if interrupted
   */
  public static void main(String[] arguments) throws InterruptedException {
    Effort effort = Effort.valueOf(arguments[0]);
    new DumpProgram().run(effort.size(PARKED, 1_000), effort.size(WARMUPS, 1));
    System.exit(0);
  }

  private void run(int parked, int warmups) throws InterruptedException {
    LoopScheduler scheduler =
        LoopScheduler.builder("dump")
            .loops(2)
            .maxCallbackThreads(2 * PARKED)
            .watchdog(w -> w.takeoverAfter(Duration.ofHours(1)).failAfter(Duration.ofHours(2)))
            .build();
    Task<Void> sleep = Task.sleep(Duration.ofHours(1)).named("session");
    for (int i = 0; i < parked; i++) {
      var unused = scheduler.spawn(sleep);
    }
    while (scheduler.inspect().callbackThreads().stream()
        .anyMatch(thread -> thread.waitsFor().isEmpty())) {
      Thread.sleep(10); // a pause between two looks: looking costs the loops what is measured
    }
    stickOneLoop(scheduler);
    Thread.sleep(200); // a measured program: the pulse beats undisturbed before the first dump

    double first = dump(scheduler, parked);
    for (int i = 0; i < warmups; i++) {
      dump(scheduler, parked);
    }
    longestNanos = 0;
    double warm = dump(scheduler, parked);
    double pause = longestNanos / 1e6;
    ProgramRun.print("first", first);
    ProgramRun.print("warm", warm);
    ProgramRun.print("pause", pause);
  }

  /** A loop is stuck, and the pulse beats on the other one. */
  private void stickOneLoop(LoopScheduler scheduler) throws InterruptedException {
    CountDownLatch stuck = new CountDownLatch(1);
    var unused = scheduler.spawn(Task.run(() -> beStuck(stuck)));
    stuck.await();
    // Nothing chooses the loop, so offer the pulse until it beats on the one that is free.
    do {
      lastNanos = 0;
      CallbackThread<Void> offered = scheduler.spawn(pulse);
      Thread.sleep(50); // time for a beat; without one the pulse is on the loop that is stuck
      if (lastNanos == 0 && !offered.cancel()) {
        throw new IllegalStateException("The pulse stopped: " + offered);
      }
    } while (lastNanos == 0);
  }

  private void beStuck(CountDownLatch stuck) {
    stuck.countDown();
    while (!isReleased) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
    }
  }

  private Task<Void> beat() {
    long now = System.nanoTime();
    if (lastNanos != 0 && now - lastNanos > longestNanos) {
      longestNanos = now - lastNanos;
    }
    lastNanos = now;
    return pulse;
  }

  private static double dump(LoopScheduler scheduler, int parked) {
    long before = System.nanoTime();
    String dump = scheduler.inspect().dump();
    double millis = (System.nanoTime() - before) / 1e6;
    if (dump.lines().count() < parked) {
      throw new IllegalStateException("The dump has " + dump.lines().count() + " lines");
    }
    return millis;
  }
}
