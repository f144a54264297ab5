/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/** What does not happen by itself: threads that die, wake-ups that get lost. */
public final class Faults {
  private Faults() {}

  /** Kills the thread of its loop outside slices. */
  public static LoopTask deathOutsideSlices() {
    return new ControlTask(
        "death",
        loop -> {
          throw new LoopThread.Death();
        });
  }

  /** Kills the thread of its loop in phase IO. */
  public static LoopTask deathInIo() {
    return new IoTask() {
      @Override
      protected void run(Loop loop) {
        throw new LoopThread.Death();
      }
    };
  }

  /** Kills the thread of its loop within its slice. */
  public static final class DeathInSlice extends LoopTask {
    public final CountDownLatch failed = new CountDownLatch(1);

    @Override
    protected void runSlice(LoopThread thread) {
      throw new LoopThread.Death();
    }

    @Override
    protected void onStallFailed(Loop loop, Stall stall) {
      failed.countDown();
    }
  }

  /** Holds its loop up outside slices. */
  public static LoopTask hangOutsideSlices(CountDownLatch until) {
    return new ControlTask("hang", loop -> Deadline.await(until));
  }

  /** Posts, and wakes nobody. */
  public static void postAndLoseTheWakeUp(Loop loop, LoopTask task) {
    task.loop = loop;
    loop.inbox.push(task);
  }

  /** The loops of a group are taken over from now on after another time. */
  public static void takeOverAfter(LoopGroup group, Duration time) {
    LoopGroup.Limits now = group.limits();
    group.limits(
        new LoopGroup.Limits(
            now.warnNanos(),
            time.toNanos(),
            now.failNanos(),
            now.maxDetached(),
            now.quiet(),
            now.interrupt()));
  }

  /** For how long the watchdog has seen the slice of a loop not end. */
  public static Duration stuckFor(Loop loop) {
    return Duration.ofNanos(loop.watch.stuckNanos);
  }

  /** Kills the watchdog of the process. */
  public static Thread killWatchdog(Loop loop) {
    return kill(loop.group().housekeeping().watchdog());
  }

  /** Kills the aux thread of the process. */
  public static Thread killAux(Loop loop) {
    Aux aux = loop.group().housekeeping().aux();
    Thread victim = kill(aux);
    aux.execute(() -> {});
    return victim;
  }

  private static Thread kill(Keeper keeper) {
    Thread victim = keeper.thread();
    keeper.die();
    return victim;
  }
}
