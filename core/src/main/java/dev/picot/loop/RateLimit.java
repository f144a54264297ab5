/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;

/** Lets a few through in each second, and tells in a later one how many it did not. Any thread. */
final class RateLimit {
  private static final long COUNT = 0xFFFF_FFFFL;

  private final int limit;
  private final LongSupplier clock;
  private final IntConsumer onSuppressed;

  /** The second : 32 | how many have come in it : 32. */
  private final AtomicLong word = new AtomicLong();

  /**
   * Makes one.
   *
   * @param limit for each second
   * @param clock in nanoseconds
   * @param onSuppressed told how many did not pass
   */
  RateLimit(int limit, LongSupplier clock, IntConsumer onSuppressed) {
    this.limit = limit;
    this.clock = clock;
    this.onSuppressed = onSuppressed;
  }

  /** {@return whether one more may pass} */
  boolean tryPass() {
    long second = TimeUnit.NANOSECONDS.toSeconds(clock.getAsLong()) << Integer.SIZE;
    for (; ; ) {
      long seen = word.get();
      boolean same = (seen & ~COUNT) == second;
      long next = same ? seen + 1 : second + 1;
      if (word.compareAndSet(seen, next)) {
        int suppressed = (int) (seen & COUNT) - limit;
        if (!same && suppressed > 0) {
          onSuppressed.accept(suppressed);
        }
        return (next & COUNT) <= limit;
      }
    }
  }
}
