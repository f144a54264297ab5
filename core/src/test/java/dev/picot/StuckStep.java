/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One step that gets stuck until it is let go. */
final class StuckStep implements Action {
  private static final long SECONDS_AT_MOST = 30;

  private final Blockers how;
  private final CountDownLatch entered = new CountDownLatch(1);
  private final CountDownLatch released = new CountDownLatch(1);
  private final CountDownLatch left = new CountDownLatch(1);
  private volatile @Nullable Thread thread;
  private volatile long enteredAt;

  StuckStep(Blockers how) {
    this.how = how;
  }

  /** Sleeps, which is the cheapest way. */
  StuckStep() {
    this(Blockers.SLEEP);
  }

  @Override
  public void run() throws Exception {
    thread = Thread.currentThread();
    enteredAt = System.nanoTime();
    entered.countDown();
    how.hold(released);
    left.countDown();
  }

  /** Returns once the step is stuck. */
  StuckStep awaitEntered() {
    await(entered, "nobody entered the step");
    return this;
  }

  /** Lets the step return. */
  void release() {
    released.countDown();
  }

  /** Lets the step return, and waits until it does. */
  void releaseAndAwait() {
    release();
    await(left, "the step did not return");
  }

  /** The thread on which the step is stuck. */
  Thread thread() {
    awaitEntered();
    Thread stuck = thread;
    if (stuck == null) {
      throw new AssertionError("the step has not begun");
    }
    return stuck;
  }

  /** When the step got stuck, by {@code System.nanoTime()}. */
  long enteredAt() {
    awaitEntered();
    return enteredAt;
  }

  private static void await(CountDownLatch latch, String otherwise) {
    try {
      if (!latch.await(SECONDS_AT_MOST, TimeUnit.SECONDS)) {
        throw new AssertionError(otherwise + " within " + SECONDS_AT_MOST + " s");
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
