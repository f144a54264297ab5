/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.internal;

import java.util.function.Supplier;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/** What the events have in common. Touched through {@link FlightEvents} only. */
@Category("Picot")
@StackTrace(false)
abstract class FlightEvent extends Event {
  @Label("Scheduler")
  @Nullable String scheduler;

  /** Has held a loop for some time. */
  abstract static class Held extends FlightEvent {
    @Label("Loop")
    @Nullable String loop;

    @Label("Stuck Thread")
    @Nullable String thread;

    @Label("Task")
    @Nullable String task;

    @Label("Held For")
    @Timespan(Timespan.MILLISECONDS)
    long held;

    final void tell(
        String scheduler, String loop, String thread, Supplier<String> task, long millis) {
      if (shouldCommit()) {
        this.scheduler = scheduler;
        this.loop = loop;
        this.thread = thread;
        this.task = task.get();
        this.held = millis;
        commit();
      }
    }
  }

  @Name("dev.picot.Stall")
  @Label("Stall")
  @Description("A slice has held its loop for warnAfter")
  static final class StallSeen extends Held {}

  @Name("dev.picot.Takeover")
  @Label("Takeover")
  @Description("A loop goes on with another thread")
  static final class Takeover extends Held {}

  @Name("dev.picot.FailedStall")
  @Label("Failed Stall")
  @Description("A callback thread was failed while its step was stuck")
  static final class FailedStall extends Held {}

  @Name("dev.picot.Slice")
  @Label("Slice")
  @Description("A slice that was longer than the threshold")
  @Threshold("20 ms")
  static final class Slice extends FlightEvent {
    @Label("Loop")
    @Nullable String loop;

    @Label("Task")
    @Nullable String task;

    static boolean isRecorded() {
      return new Slice().isEnabled();
    }

    static @Nullable Slice begun() {
      Slice event = new Slice();
      if (!event.isEnabled()) {
        return null;
      }
      event.begin();
      return event;
    }

    void ended(String scheduler, String loop, Supplier<String> task) {
      end();
      if (shouldCommit()) {
        this.scheduler = scheduler;
        this.loop = loop;
        this.task = task.get();
        commit();
      }
    }
  }

  @Name("dev.picot.Hop")
  @Label("Hop")
  @Description("A blocking call on an elastic thread")
  @Threshold("20 ms")
  static final class Hop extends FlightEvent {
    @Label("Task")
    @Nullable String task;

    @Label("Call")
    @Nullable String call;

    static @Nullable Hop begun() {
      Hop event = new Hop();
      if (!event.isEnabled()) {
        return null;
      }
      event.begin();
      return event;
    }

    void ended(String scheduler, Supplier<String> task, Supplier<String> call) {
      end();
      if (shouldCommit()) {
        this.scheduler = scheduler;
        this.task = task.get();
        this.call = call.get();
        commit();
      }
    }
  }

  @Name("dev.picot.Refused")
  @Label("Refused")
  @Description("Work was refused")
  static final class Refused extends FlightEvent {
    @Label("Reason")
    @Nullable String reason;

    static void tell(String scheduler, @Nullable String reason) {
      Refused event = new Refused();
      if (event.shouldCommit()) {
        event.scheduler = scheduler;
        event.reason = reason;
        event.commit();
      }
    }
  }
}
