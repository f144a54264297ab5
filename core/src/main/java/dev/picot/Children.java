/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The living children of a callback thread, however they were started. */
final class Children {
  /*
   * `youngest` is a stack of children.
   *
   * States
   *   OPEN    null, or a child; older ones follow through Child.elder
   *   CLOSED  a Child that is the closing one; those that were there follow it
   * Transitions (CAS)
   *   OPEN -> OPEN    add, trim  a slice of the parent
   *   OPEN -> CLOSED  close      a slice of the parent, when its body has ended; the loop owner, when
   *                              the parent was ended from outside
   * Invariants
   *   1. A child is added before it is posted. So whoever closes sees each child that runs or will.
   *   2. Closing takes nothing away: whoever closes once more sees the same children, if they live.
   *      A slice that closes and is then failed as stuck leaves them to who cleans up after it.
   *   3. A child that has ended is not kept (see Child.thread), and its Child not for long: those at
   *      the top go with the next child, the others when as many have come as were living the last
   *      time.
   */
  private static final VarHandle YOUNGEST;

  static {
    try {
      YOUNGEST = MethodHandles.lookup().findVarHandle(Children.class, "youngest", Child.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private static final int SWEEP_AFTER = 32;

  private volatile @Nullable Child youngest;

  /** Slices of the parent. */
  private int untilSweep = SWEEP_AFTER;

  /** Returns false if the parent has no children any more. */
  boolean add(Child child) {
    for (; ; ) {
      Child seen = youngest;
      if (isClosed(seen)) {
        return false;
      }
      child.elder = withoutEnded(seen);
      if (YOUNGEST.compareAndSet(this, seen, child)) {
        return true;
      }
    }
  }

  /** Forgets those at the top that have ended. */
  void trim() {
    Child seen = youngest;
    if (!isClosed(seen)) {
      YOUNGEST.compareAndSet(this, seen, firstLiving(seen));
    }
  }

  /** Lets no further child in. Returns those that live, the oldest last. */
  List<CallbackThread<?>> close() {
    for (; ; ) {
      Child seen = youngest;
      if (isClosed(seen) || YOUNGEST.compareAndSet(this, seen, Child.closing(seen))) {
        return living(seen);
      }
    }
  }

  /** For tests: how many are in the stack. In a slice of the parent. */
  int remembered() {
    int count = 0;
    for (Child at = youngest; at != null; at = at.elder) {
      count++;
    }
    return count;
  }

  private static boolean isClosed(@Nullable Child top) {
    return top != null && top.isClosing();
  }

  private static List<CallbackThread<?>> living(@Nullable Child top) {
    List<CallbackThread<?>> living = new ArrayList<>();
    for (Child at = top; at != null; at = at.elder) {
      CallbackThread<?> thread = at.thread();
      if (thread != null) {
        living.add(thread);
      }
    }
    return living;
  }

  private @Nullable Child withoutEnded(@Nullable Child top) {
    Child newest = firstLiving(top);
    if (--untilSweep <= 0) {
      int living = 0;
      for (Child at = newest; at != null; at = at.elder) {
        at.elder = firstLiving(at.elder);
        living++;
      }
      untilSweep = SWEEP_AFTER + living;
    }
    return newest;
  }

  private static @Nullable Child firstLiving(@Nullable Child top) {
    Child at = top;
    while (at != null && at.thread() == null) {
      at = at.elder;
    }
    return at;
  }
}
