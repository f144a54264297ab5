/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import java.util.concurrent.TimeUnit;

/**
 * Looks out for work for some microseconds before its thread goes to sleep, as long as that helps.
 * One thread at a time.
 */
abstract class Lookout {
  /*
   * To fall asleep and to be woken costs both sides a system call and mostly a switch. Who looks
   * out for about as long as that takes, and then sleeps, pays at most twice what the better of the
   * two would have cost (A. R. Karlin, M. S. Manasse, L. Rudolph, D. D. Sleator, Competitive Snoopy
   * Caching, Algorithmica 3, 1988). For a thread that has nothing to do for long, again and again,
   * twice is too much: each look in vain doubles the number of sleeps without one.
   *
   * Between two looks it reads the clock, which takes long enough. To BlockHound Thread.onSpinWait()
   * is a blocking call.
   */
  private static final long LONGEST_NANOS = TimeUnit.MICROSECONDS.toNanos(20);
  private static final int MOST_WITHOUT = 63;

  /** Whether whoever brings work can run meanwhile. */
  private final boolean helps;

  /** How many sleeps come without a look after the next one in vain. */
  private int penalty = 1;

  /** How many sleeps come without a look from now on. */
  private int without;

  Lookout(int processors) {
    this.helps = processors > 1;
  }

  /** {@return whether work has come; if not, it is time to sleep} */
  boolean await() {
    if (!helps) {
      return false;
    }
    if (without > 0) {
      without--;
      return false;
    }
    if (isBetterAsleep()) {
      return false;
    }
    long began = nanoTime();
    do {
      if (hasCome()) {
        penalty = 1;
        return true;
      }
    } while (nanoTime() - began < LONGEST_NANOS);
    without = penalty;
    penalty = Math.min(2 * penalty + 1, MOST_WITHOUT);
    return false;
  }

  /** Whether not to look this time, whatever that has brought before. */
  boolean isBetterAsleep() {
    return false;
  }

  /** Whether work has come; a volatile read. */
  abstract boolean hasCome();

  /** The clock, for tests to hold. */
  long nanoTime() {
    return System.nanoTime();
  }
}
