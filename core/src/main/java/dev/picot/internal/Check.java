/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.internal;

import java.time.Duration;
import java.util.Objects;

/** Argument checks with uniform messages. */
public final class Check {
  private Check() {}

  /**
   * Checks that a number is in a range.
   *
   * @param name of the argument
   * @param value of the argument
   * @param least the least legal value
   * @param most the greatest legal value
   * @return the value
   */
  public static int inRange(String name, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          Text.format("%s: %d (expected: %d to %d)", name, value, least, most));
    }
    return value;
  }

  /**
   * Checks that a duration is not negative.
   *
   * @param name of the argument
   * @param value of the argument
   * @return the value
   */
  public static Duration notNegative(String name, Duration value) {
    if (Objects.requireNonNull(value, name).isNegative()) {
      throw new IllegalArgumentException(Text.format("%s: %s (expected: >= 0)", name, value));
    }
    return value;
  }

  /**
   * Checks that a duration is above zero.
   *
   * @param name of the argument
   * @param value of the argument
   * @return the value
   */
  public static Duration positive(String name, Duration value) {
    if (notNegative(name, value).isZero()) {
      throw new IllegalArgumentException(Text.format("%s: %s (expected: > 0)", name, value));
    }
    return value;
  }

  /**
   * Checks that a duration is long enough.
   *
   * @param name of the argument
   * @param value of the argument
   * @param least the shortest legal value, above zero
   * @return the value
   */
  public static Duration atLeast(String name, Duration value, Duration least) {
    if (positive(name, value).compareTo(least) < 0) {
      throw new IllegalArgumentException(
          Text.format("%s: %s (expected: at least %s)", name, value, least));
    }
    return value;
  }

  /**
   * Checks that a text is not blank.
   *
   * @param name of the argument
   * @param value of the argument
   * @return the value
   */
  public static String notBlank(String name, String value) {
    if (Objects.requireNonNull(value, name).isBlank()) {
      throw new IllegalArgumentException(
          Text.format("%s: '%s' (expected: at least one visible character)", name, value));
    }
    return value;
  }
}
