/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower;

import dev.picot.benchmarks.Effort;
import java.time.Duration;

/**
 * How long each part takes.
 *
 * @param warmUp how many statements, and how many requests without any, a server gets before its
 *     first figure; at most two minutes of each
 * @param settle how long a load runs before it counts
 * @param measure how long it counts
 */
record Pace(int warmUp, Duration settle, Duration measure) {
  static Pace of(Effort effort) {
    return switch (effort) {
      case SMOKE -> new Pace(0, Duration.ZERO, Duration.ofMillis(100));
      case SHORT -> new Pace(60_000, Duration.ofSeconds(1), Duration.ofSeconds(5));
      case FULL -> new Pace(120_000, Duration.ofSeconds(2), Duration.ofSeconds(8));
    };
  }
}
