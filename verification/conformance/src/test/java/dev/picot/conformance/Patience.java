/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** How long the rules wait for what happens soon. */
final class Patience {
  /** For what is declared not to come: a moment. */
  private static final Duration MOMENT = Duration.ofMillis(500);

  static final Duration LIMIT = Duration.ofSeconds(30);

  private Patience() {}

  static void await(CountDownLatch latch) throws InterruptedException {
    assertThat(latch.await(LIMIT.toMillis(), TimeUnit.MILLISECONDS)).as("latch").isTrue();
  }

  /** Waits for what nobody tells. */
  static void until(BooleanSupplier condition) {
    assertThat(comesTrue(condition, LIMIT)).as("condition").isTrue();
  }

  /** How long to wait for what comes, or is declared not to. */
  static Duration forWhat(boolean comes) {
    return comes ? LIMIT : MOMENT;
  }

  /** Whether something comes true in time. */
  static boolean comesTrue(BooleanSupplier condition, Duration limit) {
    long began = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - began > limit.toNanos()) {
        return false;
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
    return true;
  }
}
