/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.internal.Check;
import java.time.Duration;

/**
 * Limits of the elastic pool of a scheduler, within {@link LoopScheduler.Builder#elastic}.
 *
 * @since 0.1
 */
public final class ElasticOptions {
  private static final int CPUS = Runtime.getRuntime().availableProcessors();
  private static final Duration SHORTEST_WARNING = Duration.ofMillis(10);

  private int maxThreads = Math.min(Math.max(10 * CPUS, 16), 64);

  /** Zero: derived from the threads. */
  private int maxQueued;

  private Duration keepAlive = Duration.ofSeconds(60);
  private Duration warnAfter = Duration.ofSeconds(30);

  ElasticOptions() {}

  /**
   * Limits the threads; they are started on demand. Default: 10 for each processor, at least 16, at
   * most 64.
   *
   * @param threads 1 to 10,000
   * @return this
   */
  public ElasticOptions maxThreads(int threads) {
    maxThreads = Check.inRange("elastic.maxThreads", threads, 1, 10_000);
    return this;
  }

  /**
   * Limits the calls that wait for a thread; more are refused. Default: 64 for each thread.
   *
   * @param calls 1 to 10,000,000
   * @return this
   */
  public ElasticOptions maxQueued(int calls) {
    maxQueued = Check.inRange("elastic.maxQueued", calls, 1, 10_000_000);
    return this;
  }

  /**
   * Sets after which idle time a thread ends. Default: 60 seconds.
   *
   * @param time above zero
   * @return this
   */
  public ElasticOptions keepAlive(Duration time) {
    keepAlive = Check.positive("elastic.keepAlive", time);
    return this;
  }

  /**
   * Sets after which time a running call is reported, and a queue of which no call has returned.
   * Default: 30 seconds.
   *
   * @param time at least 10 ms
   * @return this
   */
  public ElasticOptions warnAfter(Duration time) {
    warnAfter = Check.atLeast("elastic.warnAfter", time, SHORTEST_WARNING);
    return this;
  }

  int maxThreads() {
    return maxThreads;
  }

  int maxQueued() {
    return maxQueued == 0 ? 64 * maxThreads : maxQueued;
  }

  Duration keepAlive() {
    return keepAlive;
  }

  Duration warnAfter() {
    return warnAfter;
  }
}
