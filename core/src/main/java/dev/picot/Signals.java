/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.internal.StackRoom;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Signals on their way from a publisher to the one callback thread that takes them, in order. */
final class Signals {
  /*
   * `head` is the whole state.
   *
   * States
   *   null         nothing has come that was not taken
   *   a Signal     what has come, the latest first
   *   an Awaiter   nothing has come, and a callback thread waits
   *   CLOSED       nothing is taken any more; what comes is dropped
   * Transitions (CAS)
   *   null, Signal -> Signal   push   any thread
   *   Awaiter      -> Signal   push   any thread; then completes the awaiter
   *   Signal       -> null     poll   a slice
   *   null         -> Awaiter  await  a slice
   *   any          -> CLOSED   close  a slice, or a finalizer after a failed stall; then completes
   *                                   the awaiter, if there is one
   * An awaiter that was abandoned stays until close: who gives up the wait closes.
   */
  private static final Object CLOSED = new Object();

  private static final VarHandle HEAD;

  static {
    try {
      HEAD = MethodHandles.lookup().findVarHandle(Signals.class, "head", Object.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private static final class Signal {
    final Object what;

    /** The one before it; once taken, the one after it. */
    @Nullable Signal next;

    Signal(Object what) {
      this.what = what;
    }
  }

  private volatile @Nullable Object head;

  /** Taken from {@link #head} and put in order. Slices only. */
  private @Nullable Signal taken;

  /** Returns false if it was dropped. */
  boolean push(Object what) {
    Signal signal = new Signal(what);
    for (; ; ) {
      Object seen = head;
      if (seen == CLOSED) {
        return false;
      }
      if (seen instanceof Awaiter) {
        StackRoom.claim();
      }
      signal.next = seen instanceof Signal before ? before : null;
      if (HEAD.compareAndSet(this, seen, signal)) {
        if (seen instanceof Awaiter awaiter) {
          awaiter.complete(null);
        }
        return true;
      }
    }
  }

  /** The oldest signal; null if there is none, and after close. */
  @Nullable Object poll() {
    if (head == CLOSED) {
      taken = null;
      return null;
    }
    Signal first = taken == null ? takeAll() : taken;
    if (first == null) {
      return null;
    }
    taken = first.next;
    return first.what;
  }

  private @Nullable Signal takeAll() {
    for (; ; ) {
      Object seen = head;
      if (!(seen instanceof Signal latest)) {
        return null;
      }
      if (HEAD.compareAndSet(this, seen, null)) {
        return reversed(latest);
      }
    }
  }

  private static Signal reversed(Signal latest) {
    Signal first = latest;
    Signal before = latest.next;
    first.next = null;
    while (before != null) {
      Signal older = before.next;
      before.next = first;
      first = before;
      before = older;
    }
    return first;
  }

  /** Completes the awaiter when there is something to poll, or nothing will be any more. */
  void await(Awaiter awaiter) {
    if (!HEAD.compareAndSet(this, null, awaiter)) {
      awaiter.complete(null);
    }
  }

  /**
   * Takes nothing any more.
   *
   * @param isSlice whether this is a slice that polls; then what it has not polled is dropped too
   * @param dropped is given what had come and will not be polled, in order
   */
  void close(boolean isSlice, Consumer<Object> dropped) {
    Object before = HEAD.getAndSet(this, CLOSED);
    if (before instanceof Awaiter awaiter) {
      awaiter.complete(null);
    }
    if (isSlice) {
      drop(taken, dropped);
      taken = null;
    }
    if (before instanceof Signal latest) {
      drop(reversed(latest), dropped);
    }
  }

  private static void drop(@Nullable Signal first, Consumer<Object> dropped) {
    for (Signal at = first; at != null; at = at.next) {
      dropped.accept(at.what);
    }
  }

  boolean isClosed() {
    return head == CLOSED;
  }
}
