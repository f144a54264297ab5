/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.internal;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Our events for Java Flight Recorder. Where the module {@code jdk.jfr} is missing every method
 * does nothing; where nothing is recorded they cost about as much.
 */
public final class FlightEvents {
  /** Only where this is true may a class of an event be touched. */
  private static final boolean PRESENT = isPresent();

  private FlightEvents() {}

  private static boolean isPresent() {
    try {
      Class.forName("jdk.jfr.Event", false, FlightEvents.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException | LinkageError e) {
      return false;
    }
  }

  /** {@return whether long slices are being recorded, so that each has to be timed} */
  public static boolean recordsSlices() {
    return PRESENT && FlightEvent.Slice.isRecorded();
  }

  /**
   * Begins to record a slice.
   *
   * @param step the names of the tasks it begins in, or empty
   * @return an open event for {@link #sliceEnds}; null if slices are not recorded
   */
  public static @Nullable Object sliceBegins(Supplier<String> step) {
    return PRESENT ? FlightEvent.Slice.begun(step) : null;
  }

  /**
   * Where a slice ran.
   *
   * @param scheduler its name
   * @param loop its name
   * @param provenance who has started what ran, see {@link Provenance}; null if nobody knows
   */
  public record Origin(String scheduler, String loop, @Nullable Object provenance) {}

  /**
   * Records a slice if it was long enough.
   *
   * @param open from {@link #sliceBegins}
   * @param origin where it ran
   * @param task what ran
   * @param callbackThread its name, or empty if none ran
   * @param step the names of the tasks it ended in, or empty
   */
  public static void sliceEnds(
      Object open,
      Origin origin,
      Supplier<String> task,
      Supplier<String> callbackThread,
      Supplier<String> step) {
    ((FlightEvent.Slice) open).ended(origin, task, callbackThread, step);
  }

  /** {@return an open event for {@link #hopEnds}; null if hops are not recorded} */
  public static @Nullable Object hopBegins() {
    return PRESENT ? FlightEvent.Hop.begun() : null;
  }

  /**
   * Records a blocking call.
   *
   * @param open from {@link #hopBegins}
   * @param scheduler its name
   * @param task what waits for it
   * @param call what was called
   */
  public static void hopEnds(
      @Nullable Object open, String scheduler, Supplier<String> task, Supplier<String> call) {
    if (open != null) {
      ((FlightEvent.Hop) open).ended(scheduler, task, call);
    }
  }

  /**
   * Records that a slice holds its loop.
   *
   * @param scheduler its name
   * @param loop its name
   * @param thread the name of the thread
   * @param task what runs
   * @param millis for how long it has been running
   */
  public static void stall(
      String scheduler, String loop, String thread, Supplier<String> task, long millis) {
    if (PRESENT) {
      new FlightEvent.StallSeen().tell(scheduler, loop, thread, task, millis);
    }
  }

  /**
   * Records a takeover.
   *
   * @param scheduler its name
   * @param loop its name
   * @param thread the name of the detached thread
   * @param task what is stuck
   * @param millis for how long it has been running
   */
  public static void takeover(
      String scheduler, String loop, String thread, Supplier<String> task, long millis) {
    if (PRESENT) {
      new FlightEvent.Takeover().tell(scheduler, loop, thread, task, millis);
    }
  }

  /**
   * Records a failed stall.
   *
   * @param scheduler its name
   * @param loop its name
   * @param thread the name of the detached thread
   * @param task what was failed
   * @param millis for how long it has been running
   */
  public static void failedStall(
      String scheduler, String loop, String thread, Supplier<String> task, long millis) {
    if (PRESENT) {
      new FlightEvent.FailedStall().tell(scheduler, loop, thread, task, millis);
    }
  }

  /**
   * Records a refusal.
   *
   * @param scheduler its name
   * @param reason the message
   */
  public static void refused(String scheduler, @Nullable String reason) {
    if (PRESENT) {
      FlightEvent.Refused.tell(scheduler, reason);
    }
  }
}
