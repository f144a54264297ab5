/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import dev.picot.junit.Incident.Detector;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What happened at one place of one thread during a test, how often and for how long. Any thread.
 *
 * <p>A place blocks again and again, and each time several detectors may see it, some of them
 * later: it has happened as often as the one that has seen most of it has seen it.
 */
final class Finding {
  private static final AtomicLong ORDER = new AtomicLong();

  /** What makes two reports of one detector reports of the same place. */
  record Key(String thread, Incident.Kind kind, String call, List<StackTraceElement> stack) {
    static Key of(Incident incident) {
      return new Key(incident.thread(), incident.kind(), incident.call(), incident.stack());
    }
  }

  private final CallStack stack;
  private final long order = ORDER.getAndIncrement();
  private final AtomicReference<Incident> incident;

  /** How often each detector has seen it. */
  private final AtomicIntegerArray seen = new AtomicIntegerArray(Detector.values().length);

  /** The greatest of {@link #seen}. */
  private final AtomicInteger happened = new AtomicInteger();

  /** How often it was not allowed. */
  private final AtomicInteger times = new AtomicInteger();

  /** The longest duration seen; 0 if none was. */
  private final AtomicLong nanos = new AtomicLong();

  /** Whether another test may have caused it. Only ever set. */
  private volatile boolean shared;

  /** See {@link #exceeded()}. */
  private volatile @Nullable Allowance exceeded;

  Finding(Incident incident, CallStack stack) {
    this.incident = new AtomicReference<>(incident);
    this.stack = stack;
  }

  /** Whether another report, of any detector, is of this place. */
  boolean isOf(Incident other, CallStack otherStack) {
    Incident mine = incident.get();
    return mine.thread().equals(other.thread())
        && mine.kind() == other.kind()
        && stack.hasNearlySameCallerAs(otherStack);
  }

  /** One more report; returns whether it is of something that no detector has seen before. */
  boolean seenAs(Incident other) {
    incident.updateAndGet(mine -> mine.alsoSeenAs(other));
    boolean isNew = false;
    for (Detector detector : other.detectors()) {
      int count = seen.incrementAndGet(detector.ordinal());
      isNew |= happened.getAndAccumulate(count, Math::max) < count;
    }
    Duration duration = other.duration();
    if (duration != null) {
      lasted(duration.toNanos());
    }
    return isNew;
  }

  /**
   * What happened was not allowed.
   *
   * @param shared whether another test may have caused it
   * @param exceeded the allowance that would have covered it, had it not been used up
   */
  void isIncident(boolean shared, @Nullable Allowance exceeded) {
    if (shared) {
      this.shared = true;
    }
    if (exceeded != null) {
      this.exceeded = exceeded;
    }
    times.incrementAndGet();
  }

  void lasted(long duration) {
    nanos.accumulateAndGet(duration, Math::max);
  }

  Incident incident() {
    long longest = nanos.get();
    Incident known = incident.get();
    return longest == 0 ? known : known.lasting(Duration.ofNanos(longest));
  }

  /** The allowance that would have covered it, had it not been used up. */
  @Nullable Allowance exceeded() {
    return exceeded;
  }

  long order() {
    return order;
  }

  /** How often it was an incident; zero if it was always allowed. */
  int times() {
    return times.get();
  }

  boolean isShared() {
    return shared;
  }
}
