/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.internal.LateValue;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/** What a callback thread waits for: takes one result, from any thread. */
abstract class Awaiter {
  /*
   * `result` is the whole state.
   *
   * States
   *   null        no result yet
   *   a result    a value (NULL for null) or a Failure
   *   ABANDONED   the callback thread does not wait any more; late results are dropped
   *   an Orphan   the same, but a late value is to be released (see Orphan)
   * Transitions (CAS)
   *   null     -> result      complete  any thread; then wakes the callback thread
   *   null     -> ABANDONED   abandon   a slice of the callback thread, or the detached thread
   *   null     -> an Orphan   abandon   likewise, within an acquire
   *   an Orphan -> ABANDONED  complete  any thread; then starts the orphan
   * Who completes wakes in any case, and who parks looks at `result` once more afterwards, so
   * nothing is lost whichever comes first.
   */
  private static final Object ABANDONED = new Object();

  private static final Object NULL = new Object();

  /** A result that is an error. */
  record Failure(Throwable error) {}

  private static final VarHandle RESULT;

  static {
    try {
      RESULT = MethodHandles.lookup().findVarHandle(Awaiter.class, "result", Object.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** Who waits. Written at first by itself, then by who goes on in its place, before it starts. */
  private volatile CallbackThreadCore waiter;

  private volatile @Nullable Object result;

  Awaiter(CallbackThreadCore waiter) {
    this.waiter = waiter;
  }

  final CallbackThreadCore waiter() {
    return waiter;
  }

  /**
   * Another callback thread waits from now on; it has still to look whether the result is there.
   */
  final void waitsFrom(CallbackThreadCore heir) {
    waiter = heir;
  }

  /** Begins what is waited for; in a slice. What it throws fails the wait. */
  abstract void start() throws Exception;

  /** Says that nobody waits any more; in a slice. */
  void cancel() throws Exception {}

  final boolean isDone() {
    return result != null;
  }

  /** Whether a value would still go somewhere: to the waiter, or to an orphan. */
  final boolean takesValue() {
    Object seen = result;
    return seen == null || seen instanceof Orphan;
  }

  /** The result, wrapped; null if there is none yet. */
  final @Nullable Object result() {
    return result;
  }

  static @Nullable Object unwrap(Object result) {
    return result == NULL ? null : result;
  }

  /** Returns false if it came too late and nobody takes the value. */
  final boolean complete(@Nullable Object value) {
    if (settle(value == null ? NULL : value)) {
      return true;
    }
    if (value instanceof LateValue) {
      dropOrphan(); // what was not taken needs no release
      return false;
    }
    return result instanceof Orphan orphan
        && RESULT.compareAndSet(this, orphan, ABANDONED)
        && orphan.adopt(value);
  }

  /** Returns false if it came too late. */
  final boolean fail(Throwable error) {
    if (settle(new Failure(error))) {
      return true;
    }
    dropOrphan();
    return false;
  }

  private boolean settle(Object outcome) {
    boolean first = RESULT.compareAndSet(this, null, outcome);
    if (first) {
      waiter.wakeUp();
    }
    return first;
  }

  /** No value will come any more. */
  final void dropOrphan() {
    if (result instanceof Orphan orphan && RESULT.compareAndSet(this, orphan, ABANDONED)) {
      orphan.drop();
    }
  }

  /** Whether a result will come, whatever happens; then the scheduler waits for an orphan of it. */
  boolean isSureToEnd() {
    return false;
  }

  /** Returns false if the result was first; then it is there. */
  final boolean abandon(@Nullable Orphan orphan) {
    if (orphan == null) {
      return RESULT.compareAndSet(this, null, ABANDONED);
    }
    if (isSureToEnd()) {
      orphan.hold();
    }
    boolean abandoned = RESULT.compareAndSet(this, null, orphan);
    if (!abandoned) {
      orphan.drop();
    }
    return abandoned;
  }

  /** What a dump says after "waits for". */
  abstract String describeWait();
}
