/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.internal.Text;
import java.time.Duration;

/**
 * A blocking call was refused because the elastic pool and its queue are full.
 *
 * @since 0.1
 */
public final class ElasticPoolSaturatedException extends RefusedException {
  private static final long serialVersionUID = 1L;

  /** The limit of threads. */
  private final int maxThreads;

  /** Calls that waited for a thread when this one was refused. */
  private final int queued;

  /** The limit of waiting calls. */
  private final int maxQueued;

  /** How long the longest call had been running. */
  private final Duration longestRunning;

  ElasticPoolSaturatedException(
      String scheduler, int maxThreads, int queued, int maxQueued, Duration longestRunning) {
    super(
        Text.format(
            "Scheduler '%s' refused a blocking call: %d calls wait for %d elastic threads (limits: elastic.maxQueued = %d, elastic.maxThreads = %d); the longest call has been running for %d ms. Speed the calls up, raise the limits, or handle ElasticPoolSaturatedException.",
            scheduler, queued, maxThreads, maxQueued, maxThreads, longestRunning.toMillis()),
        scheduler,
        Duration.ofSeconds(1));
    this.maxThreads = maxThreads;
    this.queued = queued;
    this.maxQueued = maxQueued;
    this.longestRunning = longestRunning;
  }

  /** {@return how many elastic threads there may be} */
  public int maxThreads() {
    return maxThreads;
  }

  /** {@return how many calls waited for a thread} */
  public int queued() {
    return queued;
  }

  /** {@return how many calls may wait for a thread} */
  public int maxQueued() {
    return maxQueued;
  }

  /** {@return how long the longest call had been running} */
  public Duration longestRunning() {
    return longestRunning;
  }
}
