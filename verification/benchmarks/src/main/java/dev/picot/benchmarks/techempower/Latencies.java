/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower;

/** How often each latency was seen: to the microsecond at first, then with an error of 3 %. */
final class Latencies {
  private static final int STEPS = 32; // for each doubling
  private static final int DOUBLINGS = 40;

  private final long[] counts = new long[STEPS * (DOUBLINGS + 2)];
  private long total;

  void add(long nanos) {
    counts[index(nanos / 1_000)]++;
    total++;
  }

  long total() {
    return total;
  }

  /** The milliseconds within which so many of a hundred were there. */
  double percentile(int percent) {
    long wanted = (total * percent + 99) / 100;
    long seen = 0;
    for (int i = 0; i < counts.length; i++) {
      seen += counts[i];
      if (counts[i] > 0 && seen >= wanted) {
        return greatest(i) / 1e3;
      }
    }
    throw new IllegalStateException("no latency was seen");
  }

  private static int index(long micros) {
    int doublings = Math.max(0, 58 - Long.numberOfLeadingZeros(micros));
    return Math.min(DOUBLINGS, doublings) * STEPS
        + (int) Math.min(2 * STEPS - 1, micros >>> doublings);
  }

  private static long greatest(int index) {
    int doublings = Math.max(0, index / STEPS - 1);
    return ((long) (index - doublings * STEPS + 1) << doublings) - 1;
  }
}
