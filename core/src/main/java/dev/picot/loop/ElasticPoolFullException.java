/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import dev.picot.internal.Text;
import org.jspecify.annotations.Nullable;

/**
 * An {@link ElasticPool} refused a call because as many as it may take are running and queued.
 *
 * <p>It carries facts for the one who translates it, and no stack trace.
 *
 * @since 0.1
 */
public final class ElasticPoolFullException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The limits of the pool. */
  private final transient ElasticLimits limits;

  /** Threads that lived. */
  private final int threads;

  /** Calls that waited for a thread. */
  private final int queued;

  /** Null if none was seen running. */
  private final transient @Nullable ElasticCall longest;

  ElasticPoolFullException(
      ElasticLimits limits, int threads, int queued, @Nullable ElasticCall longest) {
    super(null, null, false, false);
    this.limits = limits;
    this.threads = threads;
    this.queued = queued;
    this.longest = longest;
  }

  /** {@return the limits of the pool that refused} */
  public ElasticLimits limits() {
    return limits;
  }

  /** {@return how many threads there were} */
  public int threads() {
    return threads;
  }

  /** {@return how many calls waited for a thread} */
  public int queued() {
    return queued;
  }

  /** {@return the call that had been running longest; null if none was seen running} */
  public @Nullable ElasticCall longest() {
    return longest;
  }

  @Override
  public String getMessage() {
    String running =
        longest == null
            ? "no call was seen running"
            : Text.format(
                "the longest call, %s on %s, has been running for %d ms",
                longest.describe(), longest.thread().getName(), longest.runningNanos() / 1_000_000);
    return Text.format(
        "The elastic pool of '%s' refused a blocking call: %d/%d threads, %d/%d queued; %s.",
        limits.name(), threads, limits.maxThreads(), queued, limits.maxQueued(), running);
  }
}
