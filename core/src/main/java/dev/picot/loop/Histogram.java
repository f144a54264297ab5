/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** Counts durations by powers of two of nanoseconds: one writer, any number of readers. */
final class Histogram {
  /** The last bucket is for everything from 2^38 ns on: four and a half minutes. */
  private static final int BUCKETS = 40;

  private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(long[].class);
  private static final VarHandle MAX;

  static {
    try {
      MAX = MethodHandles.lookup().findVarHandle(Histogram.class, "max", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** How many durations took 2^(n-1) to 2^n - 1 ns; none at all at n = 0. */
  private final long[] counts = new long[BUCKETS];

  private long max;

  /** The writer. */
  void add(long nanos) {
    long duration = Math.max(0, nanos);
    int bucket = Math.min(BUCKETS - 1, Long.SIZE - Long.numberOfLeadingZeros(duration));
    COUNT.setOpaque(counts, bucket, counts[bucket] + 1);
    if (duration > max) {
      MAX.setOpaque(this, duration);
    }
  }

  /** Any thread. */
  LoopFigures.Sampled read() {
    long[] seen = new long[BUCKETS];
    long count = 0;
    for (int i = 0; i < BUCKETS; i++) {
      seen[i] = (long) COUNT.getOpaque(counts, i);
      count += seen[i];
    }
    long most = (long) MAX.getOpaque(this);
    return new LoopFigures.Sampled(
        count, quantile(seen, count, 0.5, most), quantile(seen, count, 0.99, most), most);
  }

  /** The upper end of the bucket that it lies in, but not above the longest one. */
  private static long quantile(long[] counts, long count, double quantile, long most) {
    long left = (long) Math.ceil(count * quantile);
    for (int i = 0; i < BUCKETS - 1; i++) {
      left -= counts[i];
      if (left <= 0) {
        return Math.min(most, (1L << i) - 1);
      }
    }
    return most;
  }
}
