/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import java.time.Duration;

/**
 * Something that a traced callback thread did, or that happened to it.
 *
 * @param kind what happened
 * @param callbackThread to which it happened
 * @param detail of the kind, in words; empty where there is none
 * @param on the name of the platform thread on which it happened
 * @param at since the trace began, by the clock of the loop
 * @see Inspection#trace
 * @since 0.1
 */
public record TraceEvent(
    Kind kind, CallbackThread<?> callbackThread, String detail, String on, Duration at) {
  /** What happened. */
  public enum Kind {
    /** A slice begins. */
    SLICE_BEGIN,
    /** A function of the user is about to be called; the detail is its class. */
    STEP,
    /** A blocking call leaves for the elastic pool; the detail is the class of the call. */
    HOP,
    /** A slice has ended; the detail is how: {@code yield}, {@code wait}, {@code end}, ... */
    SLICE_END,
    /** It begins to wait; the detail is for what. */
    WAIT_BEGIN,
    /** What it waited for is over; the detail is what that was. */
    WAIT_END,
    /** It waits to be resumed. */
    SUSPENDED,
    /** It was resumed. */
    RESUMED,
    /** Its step is stuck and was detached; the detail is the thread that it is stuck on. */
    TAKEOVER,
    /** Its detached step has returned, and it is back on its loop. */
    HOME,
    /** It has ended; the detail is its state. */
    END
  }
}
