/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.internal;

import java.util.List;
import java.util.Objects;
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
    private static final String STEP = " > ";

    @Label("Loop")
    @Nullable String loop;

    @Label("Task")
    @Nullable String task;

    @Label("Callback Thread")
    @Nullable String callbackThread;

    @Label("Step")
    @Description("The names of the tasks that all of it was in")
    @Nullable String step;

    @Label("Provenance")
    @Description("Who has started the task, in tests")
    @Nullable String provenance;

    static boolean isRecorded() {
      return new Slice().isEnabled();
    }

    static @Nullable Slice begun(Supplier<String> step) {
      Slice event = new Slice();
      if (!event.isEnabled()) {
        return null;
      }
      event.step = step.get();
      event.begin();
      return event;
    }

    void ended(
        FlightEvents.Origin origin,
        Supplier<String> task,
        Supplier<String> callbackThread,
        Supplier<String> step) {
      end();
      if (shouldCommit()) {
        this.scheduler = origin.scheduler();
        this.loop = origin.loop();
        this.provenance = origin.provenance() == null ? null : origin.provenance().toString();
        this.task = task.get();
        this.callbackThread = callbackThread.get();
        this.step = common(Objects.requireNonNullElse(this.step, ""), step.get());
        commit();
      }
    }

    /** The names that two paths begin with, as in {@code order} of {@code order > price}. */
    private static String common(String a, String b) {
      String[] as = a.split(STEP, -1);
      String[] bs = b.split(STEP, -1);
      int same = 0;
      while (same < as.length && same < bs.length && as[same].equals(bs[same])) {
        same++;
      }
      return String.join(STEP, List.of(as).subList(0, same));
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
