/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.internal;

import java.time.Duration;

/** Arithmetic on nanoseconds that saturates instead of overflowing. */
public final class Nanos {
  /** About 146 years: far enough to mean for ever, near enough to be compared by subtraction. */
  public static final long FOREVER = Long.MAX_VALUE / 2;

  private static final Duration LONGEST = Duration.ofNanos(FOREVER);

  private Nanos() {}

  /**
   * Converts a duration.
   *
   * @param duration not negative
   * @return its length, at most {@link #FOREVER}
   */
  public static long of(Duration duration) {
    return duration.compareTo(LONGEST) >= 0 ? FOREVER : duration.toNanos();
  }
}
