/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** One incident of one test, and how often and how long it happened. */
final class Finding {
  private static final AtomicLong ORDER = new AtomicLong();

  /** What makes two incidents the same. */
  record Key(String thread, String call, List<StackTraceElement> stack) {
    static Key of(Incident incident) {
      return new Key(incident.thread(), incident.call(), incident.stack());
    }
  }

  private final Incident incident;
  private final @Nullable Allowance exceeded;
  private final long order = ORDER.getAndIncrement();
  private final AtomicInteger times = new AtomicInteger();

  /** The longest duration seen; 0 if none was. Written by whoever saw it. */
  private final AtomicLong nanos = new AtomicLong();

  /** Whether another test may have caused it. Only ever set. */
  private volatile boolean shared;

  Finding(Incident incident, @Nullable Allowance exceeded) {
    this.incident = incident;
    this.exceeded = exceeded;
  }

  void happened(boolean shared) {
    times.incrementAndGet();
    if (shared) {
      this.shared = true;
    }
  }

  void lasted(long duration) {
    nanos.accumulateAndGet(duration, Math::max);
  }

  Incident incident() {
    long longest = nanos.get();
    return longest == 0 ? incident : incident.lasting(Duration.ofNanos(longest));
  }

  /** The allowance that would have covered it, had it not been used up. */
  @Nullable Allowance exceeded() {
    return exceeded;
  }

  long order() {
    return order;
  }

  int times() {
    return times.get();
  }

  boolean isShared() {
    return shared;
  }
}
