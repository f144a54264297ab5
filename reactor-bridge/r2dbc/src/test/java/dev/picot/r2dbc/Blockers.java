/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The ways in which a task blocks its loop: the only place where tests do so. */
public final class Blockers {
  private Blockers() {}

  /** Sleeps, whatever interrupts. */
  public static void sleep(Duration duration) {
    try {
      Thread.sleep(duration.toMillis()); // the blocking call that the tests expect to be found
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits, on a loop. Returns whether it was interrupted. */
  public static boolean pass(CountDownLatch gate) {
    try {
      gate.await(10, TimeUnit.SECONDS);
      return false;
    } catch (InterruptedException e) {
      return true;
    }
  }
}
