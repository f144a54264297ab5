/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import java.util.List;

/**
 * What the aux thread has found out about one event of an incident.
 *
 * @param event what has happened
 * @param number of the incident, in this process
 * @param sameAs the number of the incident whose lock is waited for; 0 if there is none
 * @param scheduler the name of the scheduler
 * @param loop the name of the loop; empty if it is about no loop
 * @param thread the name of the thread; empty if it is about no thread
 * @param callbackThread the name of the callback thread; empty if it is about none
 * @param step what is held up
 * @param verdict what holds it up
 * @param nanos for how long, in counted time
 * @param stack of the thread, innermost frame first, without our own frames
 * @param text what the log says
 */
public record Report(
    Event event,
    int number,
    int sameAs,
    String scheduler,
    String loop,
    String thread,
    String callbackThread,
    String step,
    Verdict verdict,
    long nanos,
    List<StackTraceElement> stack,
    String text) {

  /** What has happened. */
  public enum Event {
    /** A slice has been running for {@code warnAfter}. */
    STALL,
    /** Its loop goes on with another thread. */
    TAKEOVER,
    /** The step has returned. */
    RETURNED,
    /** The callback thread was failed; its step is still running. */
    FAILED,
    /** As many steps are stuck as may be. */
    UNHEALTHY,
    /** One of them has returned. */
    HEALTHY,
    /** A loop stands still outside slices. */
    LOOP_HUNG,
    /** It moves again. */
    LOOP_MOVES,
    /** The thread of a loop has died; another one begins afresh. */
    LOOP_LOST,
    /** A blocking call has been running for {@code elastic.warnAfter}. */
    LONG_CALL,
    /** It has returned. */
    CALL_RETURNED,
    /** Calls are queued and none has returned for {@code elastic.warnAfter}. */
    POOL_STUCK,
    /** One has returned. */
    POOL_MOVES
  }

  /** Of what a report is about. */
  record Subject(String callbackThread, String step) {
    static final Subject NONE = new Subject("", "");

    static Subject of(LoopTask task) {
      return new Subject(task.callbackThread(), task.describe());
    }
  }
}
