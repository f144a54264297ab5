/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** Keeps the signals of one subscription apart: values from one another, and from the end. */
final class EmissionGate {
  /*
   * States
   *   OPEN      nobody signals                                        owner: nobody
   *   EMITTING  onNext is running                                     owner: the slice that entered
   *   CLOSED    no value will be signalled any more                   owner: who closed it
   * Transitions
   *   OPEN     -> EMITTING  enter  the callback thread's slice, CAS   sees all values before
   *   EMITTING -> OPEN      leave  the same slice, CAS                publishes what onNext did
   *   any      -> CLOSED    close  any thread, XCHG                   the end, or the cancellation
   * Invariants
   *   1. Between enter and leave no other signal begins: who closes an EMITTING gate signals nothing.
   *   2. Who closes an OPEN gate is the only one to signal from then on, and sees all values before.
   *      After a takeover that is the new owner, while the detached thread may still be running; its
   *      next enter fails.
   *   3. A CLOSED gate stays closed, so leaving is a CAS: a store would open it again.
   */
  static final int OPEN = 0;
  static final int EMITTING = 1;
  static final int CLOSED = 2;

  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(EmissionGate.class, "state", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private volatile int state;

  boolean isClosed() {
    return state == CLOSED;
  }

  /** Returns whether onNext may be called now. */
  boolean enter() {
    return STATE.compareAndSet(this, OPEN, EMITTING);
  }

  /** Returns false if the gate was closed meanwhile. */
  boolean leave() {
    return STATE.compareAndSet(this, EMITTING, OPEN);
  }

  /** Returns the previous state. */
  int close() {
    return (int) STATE.getAndSet(this, CLOSED);
  }

  @Override
  public String toString() {
    return describe(state);
  }

  static String describe(int state) {
    return switch (state) {
      case OPEN -> "OPEN";
      case EMITTING -> "EMITTING";
      case CLOSED -> "CLOSED";
      default -> throw new IllegalStateException("state of an emission gate: " + state);
    };
  }
}
