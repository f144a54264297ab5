/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.loop.LoopTask;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** The state word of a callback thread. */
abstract class CallbackThreadState extends LoopTask {
  /*
   * States
   *   ACTIVE     ready (in the ready list or inbox) or running    owner: the list, or the slice
   *   WAITING    in the timer wheel or the waiting list           owner: the loop
   *   DETACHED   its slice was taken over and has not returned    owner: the detached thread
   *   RETURNED   the detached slice has returned; on its way      owner: the inbox
   *   FAILING    failed from outside; the error is being written  owner: the loop
   *   COMPLETED, FAILED, CANCELLED   ended, with an outcome       owner: nobody
   * Flags
   *   CANCEL     cancellation was requested; stays
   *   PINNED     it belongs to one loop, and balancing does not move it; set before its first post
   *   SUSPEND    no step begins; never together with CANCEL
   *   TRACE      somebody may want to hear of it; decides nothing
   *   FLAT_MAP   a lone continuation in `stack` is a flatMap, not a map; written by park, decides
   *              nothing
   *   STARTED    when it came to its loop first, in units of 128 ticks; written by the first park,
   *              hold or detach after that, decides nothing
   * Transitions (each a CAS that keeps the flags it does not name)
   *   ACTIVE            -> WAITING    park      loop owner, after the slice; refused under CANCEL
   *                                             unless the wait is protected
   *   WAITING           -> ACTIVE     wake      any thread; the winner posts or makes ready
   *   WAITING           -> ACTIVE     cancel    any thread, with CANCEL; the winner posts
   *   any but ended     -> same       cancel    any thread, sets CANCEL, clears SUSPEND
   *   any but ended     -> same       suspend   any thread, sets SUSPEND; refused under CANCEL
   *   any but ended     -> same       resume    any thread, clears SUSPEND; the winner then wakes
   *   ACTIVE            -> WAITING    hold      loop owner, after the slice; refused unless SUSPEND
   *   ACTIVE            -> DETACHED   detach    new owner, at takeover
   *   ACTIVE, DETACHED  -> RETURNED   comeHome  the detached thread; it then saves and posts
   *   RETURNED          -> ACTIVE     arrive    loop owner, from the inbox
   *   ACTIVE            -> ended      end       loop owner, after the slice
   *   DETACHED          -> FAILING    beginFailStall  loop owner: a failed stall
   *   ACTIVE, WAITING   -> FAILING    beginForce      loop owner, outside slices, when closing ends
   *                                                   or its loop was lost
   *   FAILING           -> FAILED     fail      loop owner; publishes the error
   * Invariants
   *   1. Only the winner of a transition to ACTIVE, DETACHED -> RETURNED included, enqueues; so a
   *      callback thread is in one place at a time.
   *   2. `stack`, `slot` and `scope` belong to the slice while ACTIVE and running, to the detached
   *      thread from DETACHED until it posts, else to the loop owner. Who writes them after a slice
   *      has won exitSlice or comeHome before.
   *   3. A wake may be stale (its wait has ended otherwise). So every wait is checked again when the
   *      callback thread resumes, and a stale wake only costs a slice. There is no ticket.
   *   4. SUSPEND is looked at in slices, before each step. So whatever makes a suspended callback
   *      thread ready queues it once, for a slice without a step that ends with hold; what it goes
   *      on with is in `slot`. After that only resume, cancel or a timeout makes it ready.
   */
  static final int ACTIVE = 0;
  static final int WAITING = 1;
  static final int DETACHED = 2;
  static final int RETURNED = 3;
  static final int COMPLETED = 4;
  static final int FAILED = 5;
  static final int CANCELLED = 6;
  static final int FAILING = 7;

  /** Set in FAILING and all ended states: no slice goes on. */
  static final int ENDED = 0b0100;

  static final int CANCEL = 0b1000;
  static final int PINNED = 0b100_0000;

  static final int SUSPEND = 0b1_0000;

  static final int TRACE = 0b10_0000;

  static final int FLAT_MAP = 0b1000_0000;

  /** Twenty-four bits; zero until there is something to remember. */
  private static final int STARTED = ~0b1111_1111;

  private static final int STARTED_SHIFT = 8;
  private static final int STARTED_UNIT = 7;

  /** What a running slice has to notice. */
  static final int ATTENTION = ENDED | CANCEL | DETACHED | SUSPEND | TRACE;

  static final int STATE = 0b0111;

  private static final VarHandle WORD;

  static {
    try {
      WORD = MethodHandles.lookup().findVarHandle(CallbackThreadState.class, "word", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private volatile int word;

  final int wordVolatile() {
    return word;
  }

  static int state(int word) {
    return word & STATE;
  }

  static boolean wasEnded(int word) {
    return (word & ENDED) != 0;
  }

  static boolean hasOutcome(int word) {
    return wasEnded(word) && !was(FAILING, word);
  }

  /** In a slice: whether something has come up that it has to notice. */
  final boolean needsAttention() {
    return (word & ATTENTION) != 0;
  }

  static boolean wasCancelRequested(int word) {
    return (word & CANCEL) != 0;
  }

  static boolean wasSuspended(int word) {
    return (word & SUSPEND) != 0;
  }

  static boolean wasTraced(int word) {
    return (word & TRACE) != 0;
  }

  static boolean wasFlatMap(int word) {
    return (word & FLAT_MAP) != 0;
  }

  static boolean was(int state, int word) {
    return (word & STATE) == state;
  }

  /**
   * Returns whether it waits now; a cancelled one does not, unless the wait is protected.
   *
   * @param startTick when it came to its loop first, unless it has waited before; zero if unknown
   */
  final boolean park(boolean heedCancel, boolean flatMap, int startTick) {
    for (; ; ) {
      int seen = word;
      if (!was(ACTIVE, seen) || (heedCancel && wasCancelRequested(seen))) {
        return false;
      }
      int next = remembering(startTick, with(WAITING, seen));
      if (cas(seen, flatMap ? next | FLAT_MAP : next & ~FLAT_MAP)) {
        return true;
      }
    }
  }

  /** Returns whether the caller made it ACTIVE, so that it has to enqueue it. */
  final boolean wake() {
    return move(WAITING, ACTIVE);
  }

  /** Returns the previous word. */
  final int requestCancel() {
    for (; ; ) {
      int seen = word;
      if (wasEnded(seen) || wasCancelRequested(seen)) {
        return seen;
      }
      int next = was(WAITING, seen) ? with(ACTIVE, seen) : seen;
      if (cas(seen, (next & ~SUSPEND) | CANCEL)) {
        return seen;
      }
    }
  }

  /** Before its first post. */
  final void pin() {
    WORD.getAndBitwiseOr(this, PINNED);
  }

  static boolean isPinned(int word) {
    return (word & PINNED) != 0;
  }

  /** Returns whether it is suspended now and was not before. */
  final boolean suspend() {
    for (; ; ) {
      int seen = word;
      if ((seen & (ENDED | CANCEL | SUSPEND)) != 0) {
        return false;
      }
      if (cas(seen, seen | SUSPEND)) {
        return true;
      }
    }
  }

  /** Returns whether it was suspended, so that the caller has to wake it. */
  final boolean resume() {
    for (; ; ) {
      int seen = word;
      if (wasEnded(seen) || !wasSuspended(seen)) {
        return false;
      }
      if (cas(seen, seen & ~SUSPEND)) {
        return true;
      }
    }
  }

  /** Returns whether it waits now to be resumed; if not, the caller makes it ready. */
  final boolean hold(int startTick) {
    for (; ; ) {
      int seen = word;
      if (!was(ACTIVE, seen) || !wasSuspended(seen)) {
        return false;
      }
      if (cas(seen, remembering(startTick, with(WAITING, seen)))) {
        return true;
      }
    }
  }

  final void trace() {
    WORD.getAndBitwiseOr(this, TRACE);
  }

  final void endTrace() {
    WORD.getAndBitwiseAnd(this, ~TRACE);
  }

  final boolean detach(int startTick) {
    return move(ACTIVE, DETACHED, startTick);
  }

  /** Returns whether the detached thread may save and post; false if it was failed meanwhile. */
  final boolean comeHome() {
    for (; ; ) {
      int seen = word;
      if (!was(ACTIVE, seen) && !was(DETACHED, seen)) {
        return false;
      }
      if (cas(seen, with(RETURNED, seen))) {
        return true;
      }
    }
  }

  final boolean arrive() {
    return move(RETURNED, ACTIVE);
  }

  final boolean end(int ended) {
    return move(ACTIVE, ended);
  }

  final boolean beginFailStall() {
    return move(DETACHED, FAILING);
  }

  final boolean beginForce() {
    return move(ACTIVE, FAILING) || move(WAITING, FAILING) || move(ACTIVE, FAILING);
  }

  final boolean fail() {
    return move(FAILING, FAILED);
  }

  private boolean move(int from, int to) {
    return move(from, to, 0);
  }

  private boolean move(int from, int to, int startTick) {
    for (; ; ) {
      int seen = word;
      if (!was(from, seen)) {
        return false;
      }
      if (cas(seen, remembering(startTick, with(to, seen)))) {
        return true;
      }
    }
  }

  private boolean cas(int expected, int next) {
    return WORD.compareAndSet(this, expected, next);
  }

  private static int with(int state, int word) {
    return (word & ~STATE) | state;
  }

  private static int remembering(int startTick, int word) {
    if (startTick == 0 || (word & STARTED) != 0) {
      return word;
    }
    int units = (startTick >>> STARTED_UNIT) << STARTED_SHIFT;
    return word | (units == 0 ? STARTED : units); // zero means none: one unit earlier
  }

  /** For how many ticks it has been there, to two units; -1 if nothing is remembered. */
  static int rememberedAge(int word, int nowTick) {
    if ((word & STARTED) == 0) {
      return -1;
    }
    int units = (nowTick >>> STARTED_UNIT) - (word >>> STARTED_SHIFT);
    return (units & (STARTED >>> STARTED_SHIFT)) << STARTED_UNIT;
  }

  static String describe(int word) {
    String name =
        switch (word & STATE) {
          case ACTIVE -> "ACTIVE";
          case WAITING -> "WAITING";
          case DETACHED -> "DETACHED";
          case RETURNED -> "RETURNED";
          case COMPLETED -> "COMPLETED";
          case FAILED -> "FAILED";
          case CANCELLED -> "CANCELLED";
          case FAILING -> "FAILING";
          default -> throw new IllegalStateException("state word of a callback thread: " + word);
        };
    String flagged = wasCancelRequested(word) ? name + " (cancel requested)" : name;
    return wasSuspended(word) ? flagged + " (suspended)" : flagged;
  }
}
