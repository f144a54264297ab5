/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.loop.Report;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * One event of an incident: something that holds up a loop or the elastic pool of a scheduler, what
 * was done about it, or its end. A listener gets them, see {@link WatchdogOptions#listener}; the
 * log has them as {@link #text}.
 *
 * <p>The events of one incident have the same number. An incident that begins with {@link
 * Event#STALL}, {@link Event#TAKEOVER} or both ends with {@link Event#RETURNED}, if the step ever
 * returns.
 *
 * @param event what has happened
 * @param number of the incident, in this process
 * @param sameAs the number of the incident whose lock is waited for; 0 if there is none
 * @param scheduler the name of the scheduler
 * @param loop the name of the loop; empty if it is about no loop
 * @param thread the name of the platform thread; empty if it is about none
 * @param callbackThread the name of the callback thread; empty if it is about none
 * @param step what is held up, as in {@code callback thread 'order > price'}; empty if nothing is
 * @param kind what holds it up, as far as is known
 * @param duration for how long, in time that the process was running
 * @param stack of the thread without frames of Picot's, innermost frame first; empty if it was not
 *     taken
 * @param text what the log says about it; empty if the log is spared because there are too many
 * @since 0.1
 */
public record Incident(
    Event event,
    int number,
    int sameAs,
    String scheduler,
    String loop,
    String thread,
    String callbackThread,
    String step,
    Kind kind,
    Duration duration,
    List<StackTraceElement> stack,
    String text) {

  /** What has happened. */
  public enum Event {
    /** A step has been running for {@code watchdog.warnAfter}, and nothing was done yet. */
    STALL,
    /** The loop goes on with another platform thread; the step goes on on its own. */
    TAKEOVER,
    /** The step has returned. */
    RETURNED,
    /** The callback thread was failed with {@link LoopStalledException}; its step goes on. */
    FAILED,
    /** {@code watchdog.maxDetached} steps are stuck: nothing is admitted nor taken over. */
    UNHEALTHY,
    /** One of these steps has returned. */
    HEALTHY,
    /** A loop stands still outside steps; it gets no new work. */
    LOOP_HUNG,
    /** It goes on. */
    LOOP_MOVES,
    /** The thread of a loop has died; its callback threads fail with {@link LoopLostException}. */
    LOOP_LOST,
    /** A blocking call has been running for {@code elastic.warnAfter}. */
    LONG_CALL,
    /** It has returned. */
    CALL_RETURNED,
    /** Blocking calls are queued and none has returned for {@code elastic.warnAfter}. */
    POOL_STUCK,
    /** One has returned. */
    POOL_MOVES
  }

  /** What holds up a thread. */
  public enum Kind {
    /** It waits to enter a {@code synchronized} block or method. */
    MONITOR,
    /** It sleeps, or waits for another thread. */
    PARKED,
    /** It is in a native call that waits: a file, a socket, a process, a name service. */
    NATIVE_IO,
    /** It computes, or spins. */
    CPU,
    /** It could run and gets no processor time. */
    STARVED,
    /** Nobody has looked, or it was over before. */
    UNKNOWN
  }

  /**
   * Copies the stack and checks that everything is there.
   *
   * @param event see above, as the others
   * @param number of the incident
   * @param sameAs of another incident, or 0
   * @param scheduler not null
   * @param loop not null
   * @param thread not null
   * @param callbackThread not null
   * @param step not null
   * @param kind not null
   * @param duration not null
   * @param stack not null
   * @param text not null
   * @throws NullPointerException if something is null
   */
  public Incident {
    Objects.requireNonNull(event, "event");
    Objects.requireNonNull(scheduler, "scheduler");
    Objects.requireNonNull(loop, "loop");
    Objects.requireNonNull(thread, "thread");
    Objects.requireNonNull(callbackThread, "callbackThread");
    Objects.requireNonNull(step, "step");
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(duration, "duration");
    Objects.requireNonNull(text, "text");
    stack = List.copyOf(stack);
  }

  static Incident of(Report report) {
    return new Incident(
        Event.valueOf(report.event().name()),
        report.number(),
        report.sameAs(),
        report.scheduler(),
        report.loop(),
        report.thread(),
        report.callbackThread(),
        report.step(),
        Kind.valueOf(report.verdict().name()),
        Duration.ofNanos(report.nanos()),
        report.stack(),
        report.text());
  }
}
