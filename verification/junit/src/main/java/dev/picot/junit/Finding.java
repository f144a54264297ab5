/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import dev.picot.junit.Incident.Detector;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
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

  /** As all detectors together saw it. Guarded by this, as all that follows; nobody waits in it. */
  private Incident incident;

  /** How often each detector has seen it. */
  private final Map<Detector, Integer> seen = new EnumMap<>(Detector.class);

  /** The greatest of {@link #seen}. */
  private int happened;

  /** How often it was not allowed. */
  private int times;

  /** The longest duration seen; 0 if none was. */
  private long nanos;

  /** Whether another test may have caused it. */
  private boolean shared;

  /** See {@link #exceeded()}. */
  private @Nullable Allowance exceeded;

  Finding(Incident incident, CallStack stack) {
    this.incident = incident;
    this.stack = stack;
  }

  /** Whether another report, of any detector, is of this place. */
  synchronized boolean isOf(Incident other, CallStack otherStack) {
    return incident.thread().equals(other.thread())
        && incident.kind() == other.kind()
        && stack.hasNearlySameCallerAs(otherStack);
  }

  /** One more report; returns whether it is of something that no detector has seen before. */
  synchronized boolean seenAs(Incident other) {
    incident = incident.alsoSeenAs(other);
    int most = happened;
    for (Detector detector : other.detectors()) {
      happened = Math.max(happened, seen.merge(detector, 1, Integer::sum));
    }
    Duration duration = other.duration();
    if (duration != null) {
      lasted(duration.toNanos());
    }
    return happened > most;
  }

  /**
   * What happened was not allowed.
   *
   * @param shared whether another test may have caused it
   * @param exceeded the allowance that would have covered it, had it not been used up
   */
  synchronized void isIncident(boolean shared, @Nullable Allowance exceeded) {
    this.shared |= shared;
    if (exceeded != null) {
      this.exceeded = exceeded;
    }
    times++;
  }

  synchronized void lasted(long duration) {
    nanos = Math.max(nanos, duration);
  }

  synchronized Incident incident() {
    return nanos == 0 ? incident : incident.lasting(Duration.ofNanos(nanos));
  }

  /** The allowance that would have covered it, had it not been used up. */
  synchronized @Nullable Allowance exceeded() {
    return exceeded;
  }

  long order() {
    return order;
  }

  /** How often it was an incident; zero if it was always allowed. */
  synchronized int times() {
    return times;
  }

  synchronized boolean isShared() {
    return shared;
  }
}
