/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import dev.picot.internal.Text;
import java.time.Duration;
import java.util.Objects;

/**
 * What an {@link ElasticPool} may use.
 *
 * @param name of the loop scheduler it belongs to; its threads are named {@code <name>-elastic-<n>}
 * @param maxThreads how many threads there may be
 * @param maxQueued how many calls may wait for a thread
 * @param keepAlive how long a thread without work stays
 * @since 0.1
 */
public record ElasticLimits(String name, int maxThreads, int maxQueued, Duration keepAlive) {
  private static final int MOST_THREADS = 1 << 16;
  private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);

  /**
   * Checks the limits.
   *
   * @param name not null
   * @param maxThreads 1 to 65,536
   * @param maxQueued at least 0
   * @param keepAlive above zero
   */
  public ElasticLimits {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(keepAlive, "keepAlive");
    if (maxThreads < 1 || maxThreads > MOST_THREADS) {
      throw new IllegalArgumentException(
          Text.format("maxThreads: %d (expected: 1 to %d)", maxThreads, MOST_THREADS));
    }
    if (maxQueued < 0) {
      throw new IllegalArgumentException(Text.format("maxQueued: %d (expected: >= 0)", maxQueued));
    }
    if (keepAlive.isNegative() || keepAlive.isZero()) {
      throw new IllegalArgumentException(Text.format("keepAlive: %s (expected: > 0)", keepAlive));
    }
  }

  /** Calls that may be running or queued at a time. */
  long maxCalls() {
    return (long) maxThreads + maxQueued;
  }

  /** The keep-alive time; for ever if it is longer than 292 years. */
  long keepAliveNanos() {
    return keepAlive.compareTo(LONGEST) >= 0 ? Long.MAX_VALUE : keepAlive.toNanos();
  }
}
