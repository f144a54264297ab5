/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.loop.Faults;
import dev.picot.loop.LoopGroup;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Schedulers whose loops are taken over soon, and what is asked of them again and again. */
final class Takeovers {
  static final Duration TAKEOVER_AFTER = Duration.ofMillis(200);
  static final Duration LONG = Duration.ofSeconds(30);

  /** So long one thread may stand still while others go on. */
  static final Duration A_PAUSE = Duration.ofSeconds(1);

  private static final Duration NEVER_WITHIN_A_TEST = Duration.ofMinutes(10);

  private Takeovers() {}

  /** One loop; fails nothing within the time of a test. */
  static LoopScheduler.Builder builder(String name) {
    return failingAfter(name, NEVER_WITHIN_A_TEST);
  }

  /**
   * One loop, which is taken over while the test waits for that, and otherwise not, however long
   * the machine keeps a slice from going on.
   *
   * @see #takingOver
   */
  static LoopScheduler.Builder onDemand(String name) {
    return builder(name).watchdog(w -> w.takeoverAfter(NEVER_WITHIN_A_TEST));
  }

  static LoopScheduler.Builder failingAfter(String name, Duration failAfter) {
    return LoopScheduler.builder(name)
        .loops(1)
        .watchdog(
            w ->
                w.takeoverAfter(TAKEOVER_AFTER)
                    .failAfter(failAfter)
                    .maxDetached(8)
                    .quiet(Duration.ofDays(1)));
  }

  /** Loads and warms what a takeover needs, so that measurements do not measure that. */
  static void warmUp() throws Exception {
    StuckStep stuck = new StuckStep();
    LoopScheduler scheduler = builder("warm").build();
    CallbackThread<Void> thread = scheduler.spawn(Task.run(stuck));
    untilDetached(scheduler, thread);
    stuck.release();
    thread.block(LONG);
    closeClean(scheduler);
  }

  /** Waits for what is counted but announced to nobody. */
  static void until(LoopScheduler scheduler, String what, BooleanSupplier reached) {
    long began = System.nanoTime();
    while (!reached.getAsBoolean()) {
      if (System.nanoTime() - began > LONG.toNanos()) {
        throw new AssertionError(
            "waited " + LONG + " until " + what + "\n" + scheduler.inspect().dump());
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
  }

  /** Waits where no condition can be waited for. */
  static void rest(long nanos) {
    long until = System.nanoTime() + nanos;
    for (long left = nanos; left > 0; left = until - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  /** Waits for a takeover, and lets it happen; once it has, there is no other one. */
  static void takingOver(LoopScheduler scheduler, String what, BooleanSupplier reached) {
    LoopGroup group = scheduler.group();
    Duration before = Duration.ofNanos(group.limits().takeoverNanos());
    Faults.takeOverAfter(group, TAKEOVER_AFTER);
    try {
      until(scheduler, what, reached);
    } finally {
      Faults.takeOverAfter(group, before);
    }
  }

  static void untilDetached(LoopScheduler scheduler, CallbackThread<?> thread) {
    takingOver(
        scheduler, thread + " is detached", () -> thread.state() == CallbackThread.State.DETACHED);
  }

  /** Closes once no step is stuck any more; then everything that was borrowed is back. */
  static void closeClean(LoopScheduler scheduler) {
    until(scheduler, "no step is stuck", () -> scheduler.stats().detached() == 0);
    scheduler.closeNow();
    scheduler.close();
    Stats stats = scheduler.stats();
    if (stats.live() != 0 || stats.detached() != 0) {
      throw new AssertionError("left behind after closing: " + stats);
    }
  }
}
