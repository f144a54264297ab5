/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import org.jspecify.annotations.Nullable;

/**
 * What holds for a part of a task: name, deadline, protection and context. Immutable; the innermost
 * one is kept by the callback thread, null where none was entered.
 *
 * @param outer the scope around it
 * @param name the name entered with this scope, or null
 * @param deadline the earliest deadline, in nanoseconds of the loop's clock
 * @param timeout the frame at which that deadline lands
 * @param heed when cancellation and timeouts are heeded
 * @param finalizer whether blocking calls are part of a finalizer and must not be refused
 * @param binding the innermost value of the context
 */
record Scope(
    @Nullable Scope outer,
    @Nullable String name,
    long deadline,
    @Nullable Frame timeout,
    Heed heed,
    boolean finalizer,
    @Nullable Bound binding) {
  /** When cancellation and timeouts from around this scope are heeded. */
  enum Heed {
    /** Between steps and while waiting. */
    ALWAYS,

    /** While waiting only: between the steps of an acquire there may be something in hand. */
    WAITING,

    /** Not at all. */
    NEVER
  }

  /** A value of the context, and those around it. */
  record Bound(ContextKey<?> key, Object value, @Nullable Bound outer) {}

  static final long NO_DEADLINE = Long.MAX_VALUE;

  private static final Scope ROOT =
      new Scope(null, null, NO_DEADLINE, null, Heed.ALWAYS, false, null);

  /** The scope to derive from where none was entered. */
  static Scope of(@Nullable Scope scope) {
    return scope == null ? ROOT : scope;
  }

  Scope named(String inner) {
    return new Scope(this, inner, deadline, timeout, heed, finalizer, binding);
  }

  Scope timingOut(long at, Frame landing) {
    return at < deadline
        ? new Scope(this, null, at, landing, heed, finalizer, binding)
        : new Scope(this, null, deadline, timeout, heed, finalizer, binding);
  }

  Scope acquiring() {
    Heed inner = heed == Heed.NEVER ? Heed.NEVER : Heed.WAITING;
    return new Scope(this, null, deadline, timeout, inner, finalizer, binding);
  }

  Scope uncancellable() {
    return new Scope(this, null, NO_DEADLINE, null, Heed.NEVER, finalizer, binding);
  }

  Scope finalizing() {
    return new Scope(this, null, NO_DEADLINE, null, Heed.NEVER, true, binding);
  }

  Scope with(Task.Binding added) {
    Bound bound = new Bound(added.key(), added.value(), binding);
    return new Scope(this, null, deadline, timeout, heed, finalizer, bound);
  }

  @Nullable Object value(ContextKey<?> key) {
    for (Bound at = binding; at != null; at = at.outer()) {
      if (at.key() == key) {
        return at.value();
      }
    }
    return null;
  }

  /**
   * The names from the outermost to this one, as in {@code order > price}; null if there are none.
   */
  static @Nullable String path(@Nullable Scope scope) {
    String path = null;
    for (Scope at = scope; at != null; at = at.outer) {
      if (at.name != null) {
        path = path == null ? at.name : at.name + " > " + path;
      }
    }
    return path;
  }

  static @Nullable String outermostName(@Nullable Scope scope) {
    String name = null;
    for (Scope at = scope; at != null; at = at.outer) {
      name = at.name == null ? name : at.name;
    }
    return name;
  }
}
