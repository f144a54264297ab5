/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit.internal.flight;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What Flight Recorder has written down between two readings.
 *
 * @param waits threads that waited
 * @param works what threads worked on, of those works that were not very short
 */
public record FlightLog(List<Wait> waits, List<Work> works) {
  /** For what a thread waits. */
  public enum Cause {
    /** To enter a {@code synchronized} block or method. */
    MONITOR,
    /** In {@link Object#wait()}. */
    WAIT,
    /** In {@code LockSupport.park}. */
    PARK,
    /** In {@link Thread#sleep}. */
    SLEEP,
    /** For a file. */
    FILE,
    /** For a socket. */
    SOCKET
  }

  /**
   * A wait that is over.
   *
   * @param thread the id of the thread
   * @param cause for what
   * @param start when it began
   * @param duration how long it took
   * @param what for what exactly, in words
   * @param stack of the thread, innermost frame first; not all of it if it is very deep
   */
  public record Wait(
      long thread,
      Cause cause,
      Instant start,
      Duration duration,
      String what,
      List<StackTraceElement> stack) {}

  /**
   * A piece of work that has ended: a slice of a loop, or a task of Reactor.
   *
   * @param thread the id of the thread
   * @param start when it began
   * @param end when it ended
   * @param provenance for whom; null if that is not known
   * @param slice what is known of a slice; null for other work
   */
  public record Work(
      long thread, Instant start, Instant end, @Nullable String provenance, @Nullable Slice slice) {
    /**
     * Tells whether something happened within it.
     *
     * @param moment when
     * @return whether it did
     */
    public boolean covers(Instant moment) {
      return !moment.isBefore(start) && !moment.isAfter(end);
    }
  }

  /**
   * What a slice was of.
   *
   * @param scheduler the name of the scheduler
   * @param loop the name of the loop
   * @param callbackThread the name of the callback thread; null if none ran
   * @param step the names of the tasks that all of it was in; null if there are none
   */
  public record Slice(
      String scheduler, String loop, @Nullable String callbackThread, @Nullable String step) {}

  /** Copies the lists. */
  public FlightLog {
    waits = List.copyOf(waits);
    works = List.copyOf(works);
  }
}
