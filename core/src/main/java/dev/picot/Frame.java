/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A continuation of a callback thread: what to do with the completion of the task above it. */
class Frame {
  /** See {@link Tag}. */
  final int tag;

  /** The second operand of the task that pushed the frame. */
  final @Nullable Object operand;

  final @Nullable Frame next;

  Frame(int tag, @Nullable Object operand, @Nullable Frame next) {
    this.tag = tag;
    this.operand = operand;
    this.next = next;
  }

  final boolean isLoneAndFrequent() {
    return next == null && (tag == Tag.MAP || tag == Tag.FLAT_MAP || tag == Tag.THEN);
  }

  /** Whether it does something with a value; the others only let it pass. */
  final boolean takesValue() {
    return switch (tag) {
      case Tag.LEAVE_SCOPE, Tag.TIMEOUT, Tag.ON_ERROR_RESUME, Tag.ON_ERROR_MAP -> false;
      default -> true;
    };
  }

  /**
   * Restores the scope around a nested one; with tag TIMEOUT it is also where the timeout lands.
   */
  static class Scoped extends Frame {
    final @Nullable Scope outer;

    Scoped(int tag, @Nullable Object operand, @Nullable Frame next, @Nullable Scope outer) {
      super(tag, operand, next);
      this.outer = outer;
    }
  }

  /** Goes on with the completion that was there before the finalizer above it. */
  static final class AfterFinalizer extends Scoped {
    final int how;
    final @Nullable Object value;

    AfterFinalizer(int how, @Nullable Object value, @Nullable Frame next, @Nullable Scope outer) {
      super(Tag.AFTER_FINALIZER, null, next, outer);
      this.how = how;
      this.value = value;
    }

    AfterFinalizer copy(Frame below, Scope around) {
      return new AfterFinalizer(how, value, below, around);
    }
  }

  /** A {@code doFinally}: runs once, for whoever claims it. */
  static final class Finally extends Frame {
    private static final VarHandle CLAIMED;

    static {
      try {
        CLAIMED = MethodHandles.lookup().findVarHandle(Finally.class, "claimed", boolean.class);
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }

    @SuppressWarnings("unused") // through CLAIMED
    private volatile boolean claimed;

    Finally(@Nullable Object operand, @Nullable Frame next) {
      super(Tag.DO_FINALLY, operand, next);
    }

    boolean claim() {
      return CLAIMED.compareAndSet(this, false, true);
    }
  }

  /** A {@code using}: under the acquire while NEW, under the use while ACQUIRED. */
  static final class Using extends Scoped {
    /*
     * States
     *   NEW        the acquire runs or waits               owner: the callback thread
     *   ACQUIRED   there is something to release           owner: the callback thread
     *   ABANDONED  the acquire was given up; what it still gives is released by an orphan
     *   RELEASED   somebody claimed the release
     * Transitions (CAS)
     *   NEW      -> ACQUIRED   acquired   the callback thread's slice
     *   NEW      -> ABANDONED  abandon    the slice, when the acquire fails or is cancelled; the loop
     *                                     owner, after a failed stall
     *   ACQUIRED -> RELEASED   claim      the slice, when the use has ended; the loop owner, after a
     *                                     failed stall
     */
    static final int NEW = 0;
    static final int ACQUIRED = 1;
    static final int ABANDONED = 2;
    static final int RELEASED = 3;

    private static final VarHandle STATE;

    static {
      try {
        STATE = MethodHandles.lookup().findVarHandle(Using.class, "state", int.class);
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }

    private volatile int state;

    /** What was acquired. Written before ACQUIRED. */
    private @Nullable Object thing;

    Using(Task.Use use, @Nullable Frame next, @Nullable Scope outer) {
      super(Tag.USING, use, next, outer);
    }

    /** Whether the acquire has not ended, or too late. */
    boolean isAcquiring() {
      int seen = state;
      return seen == NEW || seen == ABANDONED;
    }

    Task.Use use() {
      return (Task.Use) Objects.requireNonNull(operand);
    }

    @Nullable Object thing() {
      return thing;
    }

    boolean acquired(@Nullable Object value) {
      thing = value;
      return STATE.compareAndSet(this, NEW, ACQUIRED);
    }

    boolean abandon() {
      return STATE.compareAndSet(this, NEW, ABANDONED);
    }

    boolean claim() {
      return STATE.compareAndSet(this, ACQUIRED, RELEASED);
    }
  }
}
