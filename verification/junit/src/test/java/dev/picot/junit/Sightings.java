/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Lets a test case go on blocking for exactly as long as the detectors need. */
public final class Sightings {
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  private Sightings() {}

  /** Whether a running test has an incident. */
  public static boolean any() {
    return ObservedTest.running().stream().anyMatch(test -> !test.findings().isEmpty());
  }

  /** Waits for one; a test case that waits in vain goes on and fails where it is looked at. */
  public static void await() {
    await(DEADLINE);
  }

  /** Waits for one that is not expected, at most so long. */
  public static void await(Duration atMost) {
    long began = System.nanoTime();
    while (!any() && System.nanoTime() - began < atMost.toNanos()) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
  }
}
