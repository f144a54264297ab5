/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import org.jspecify.annotations.Nullable;

/** How tasks reach a loop from any thread: one atomic stack that the owner takes as a whole. */
@SuppressWarnings("unused") // padding is only there
final class Inbox extends InboxTop {
  /*
   * The word `top` is the whole state.
   *
   * States
   *   null     empty
   *   a task   not empty: the newest task; older ones follow through LoopTask.next
   *   PARKED   empty, and the owner sleeps or is about to
   *   CLOSED   ended; nothing will be taken any more
   * Transitions
   *   null, task -> task    push     any thread  CAS (full)
   *   PARKED     -> task    push     any thread  CAS (full)  who replaced PARKED wakes the owner
   *   null       -> PARKED  tryPark  owner       CAS (full)  fails if something was pushed
   *   PARKED     -> null    takeAll  owner       XCHG
   *   task       -> null    takeAll  owner       XCHG
   *   null       -> CLOSED  tryClose owner       CAS (full)  fails if something was pushed
   *   null, task -> CLOSED  close    owner       XCHG
   * Invariants
   *   1. A push is one atomic step, so a thread that dies in the middle of it loses nothing but its
   *      own task. Nobody pops single tasks, so there is no ABA.
   *   2. Exactly one wake-up per sleep: by the push that replaced PARKED.
   *
   * A Treiber stack (R. K. Treiber, Systems Programming: Coping with Parallelism, 1986) whose
   * consumer takes everything and reverses it, so that tasks come out in the order of their pushes.
   */
  private static final LoopTask PARKED = new Sentinel();
  private static final LoopTask CLOSED = new Sentinel();

  enum Pushed {
    QUEUED,
    QUEUED_AND_OWNER_SLEEPS,
    REFUSED
  }

  // Keeps the word off the cache lines of whatever lies behind it.
  private long p1;
  private long p2;
  private long p3;
  private long p4;
  private long p5;
  private long p6;
  private long p7;
  private long p8;
  private long p9;
  private long p10;
  private long p11;
  private long p12;
  private long p13;
  private long p14;
  private long p15;

  /** Any thread. */
  Pushed push(LoopTask task) {
    for (; ; ) {
      LoopTask seen = top;
      if (seen == CLOSED) {
        return Pushed.REFUSED;
      }
      task.next = seen == PARKED ? null : seen;
      if (casTop(seen, task)) {
        return seen == PARKED ? Pushed.QUEUED_AND_OWNER_SLEEPS : Pushed.QUEUED;
      }
    }
  }

  /** Owner only: the oldest task, linked to the younger ones through {@code next}, or null. */
  @Nullable LoopTask takeAll() {
    return top == null ? null : exchange(null);
  }

  /** Owner only, while awake: ends the inbox; returns what was in it, as {@link #takeAll} does. */
  @Nullable LoopTask close() {
    return exchange(CLOSED);
  }

  private @Nullable LoopTask exchange(@Nullable LoopTask replacement) {
    LoopTask newest = exchangeTop(replacement);
    if (newest == PARKED) {
      return null;
    }
    LoopTask oldest = null;
    while (newest != null) {
      LoopTask older = newest.next;
      newest.next = oldest;
      oldest = newest;
      newest = older;
    }
    return oldest;
  }

  /** Owner only: announces that the owner goes to sleep; false if there is something to do. */
  boolean tryPark() {
    return casTop(null, PARKED);
  }

  /** Owner only: ends the inbox; false if there is something to do. */
  boolean tryClose() {
    return casTop(null, CLOSED);
  }

  /** Any thread; may be stale at once. */
  boolean isEmpty() {
    LoopTask seen = top;
    return seen == null || seen == PARKED || seen == CLOSED;
  }

  boolean isParked() {
    return top == PARKED;
  }

  boolean isClosed() {
    return top == CLOSED;
  }

  /** Any thread: the newest task for a dump, which follows {@code next} at its own risk. */
  @Nullable LoopTask peek() {
    return isEmpty() ? null : top;
  }

  private static final class Sentinel extends LoopTask {
    @Override
    protected void runSlice(LoopThread thread) {
      throw new IllegalStateException("a sentinel of the inbox is not a task");
    }
  }
}
