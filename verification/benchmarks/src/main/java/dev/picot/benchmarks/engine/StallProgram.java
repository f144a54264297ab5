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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * P15: from the beginning of a step that does not end until every one of {@value #SESSIONS} other
 * sessions of its loop has been served, less {@code takeoverAfter}.
 *
 * <p>The sessions sleep for 1 ms and leave some garbage, again and again, so that there is
 * something to collect. The step parks and spins in turns. The worst of all rounds counts.
 */
public final class StallProgram {
  private static final int SESSIONS = 1_000;
  private static final int GARBAGE = 256;

  private final AtomicInteger unserved = new AtomicInteger();

  /** Which stall the sessions look for; the stuck step raises it. */
  private volatile int stall;

  private volatile boolean isReleased;

  /** What the session before has left; a field, or there would be nothing to collect. */
  private volatile byte[] garbage = new byte[GARBAGE];

  private volatile CountDownLatch allServed;

  /** Written before {@link #stall} is raised. */
  private long beginNanos;

  /** Written before {@link #allServed} is counted down. */
  private long endNanos;

  private StallProgram() {}

  /**
   * Prints the milliseconds.
   *
   * @param arguments the effort
   * @throws InterruptedException if interrupted
   */
  public static void main(String[] arguments) throws InterruptedException {
    Effort effort = Effort.valueOf(arguments[0]);
    Duration takeoverAfter = Duration.ofMillis(effort.size(1_000, 100));
    StallProgram program = new StallProgram();
    LoopScheduler scheduler =
        LoopScheduler.builder("stall")
            .loops(1)
            .maxCallbackThreads(2 * SESSIONS)
            .watchdog(watchdog -> watchdog.warnAfter(takeoverAfter).takeoverAfter(takeoverAfter))
            .build();
    Task<Void> sleep = Task.sleep(Duration.ofMillis(1));
    for (int i = 0; i < SESSIONS; i++) {
      var unused = scheduler.spawn(program.new Session(sleep).again);
    }
    Thread.sleep(effort.size(1_000, 100));

    int rounds = effort == Effort.FULL ? 10 : 4;
    double worst = 0;
    for (int round = 1; round <= effort.size(rounds, 2); round++) {
      double late = program.stall(scheduler, round, round % 2 == 0) - takeoverAfter.toNanos();
      worst = Math.max(worst, late / TimeUnit.MILLISECONDS.toNanos(1));
    }
    ProgramRun.print("late", worst);
    System.exit(0);
  }

  private double stall(LoopScheduler scheduler, int round, boolean spins)
      throws InterruptedException {
    allServed = new CountDownLatch(1);
    isReleased = false;
    unserved.set(SESSIONS);
    CallbackThread<Void> stuck = scheduler.spawn(Task.run(() -> beStuck(round, spins)));
    if (!allServed.await(1, TimeUnit.MINUTES)) {
      throw new IllegalStateException(unserved.get() + " sessions are not served: " + stuck);
    }
    isReleased = true;
    while (scheduler.stats().detached() > 0) {
      Thread.sleep(1);
    }
    return endNanos - beginNanos;
  }

  private void beStuck(int round, boolean spins) {
    beginNanos = System.nanoTime();
    stall = round;
    while (!isReleased) {
      if (spins) {
        Thread.onSpinWait();
      } else {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
      }
    }
  }

  private final class Session {
    private final Task<Void> again;
    private int seen;

    Session(Task<Void> sleep) {
      again = sleep.flatMap(done -> serve());
    }

    private Task<Void> serve() {
      garbage = new byte[garbage.length];
      int current = stall;
      if (current != seen) {
        seen = current;
        if (unserved.decrementAndGet() == 0) {
          endNanos = System.nanoTime();
          allServed.countDown();
        }
      }
      return again;
    }
  }
}
