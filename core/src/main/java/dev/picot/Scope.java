/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.internal.SubscriberContexts;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What holds for a part of a task: name, deadline, protection and context. Immutable; the innermost
 * one is kept by the callback thread, null where none was entered.
 *
 * @param outer the scope around it
 * @param name the name entered with this scope, or null
 * @param deadline the earliest deadline, in nanoseconds of the loop's clock
 * @param timeout the frame at which that deadline lands
 * @param isProtected whether cancellation is not heeded at all, nor any timeout from outside
 * @param isAcquiring whether nothing is heeded between steps, only while waiting: in an acquire,
 *     between two steps there may be something in hand
 * @param finalizer whether blocking calls are part of a finalizer and must not be refused
 * @param binding the innermost value of the context
 */
record Scope(
    @Nullable Scope outer,
    @Nullable String name,
    long deadline,
    @Nullable Frame timeout,
    boolean isProtected,
    boolean isAcquiring,
    boolean finalizer,
    @Nullable Bound binding) {
  /** A value of the context, and those around it. */
  record Bound(ContextKey<?> key, Object value, @Nullable Bound outer) {}

  /** Under which {@link dev.picot.internal.Provenance} is kept. */
  static final ContextKey<Object> PROVENANCE = ContextKey.of("provenance", Object.class);

  static final long NO_DEADLINE = Long.MAX_VALUE;

  private static final Scope ROOT =
      new Scope(null, null, NO_DEADLINE, null, false, false, false, null);

  /** The scope to derive from where none was entered. */
  static Scope of(@Nullable Scope scope) {
    return scope == null ? ROOT : scope;
  }

  /** The scope that a callback thread begins in, with one value in its context. */
  static Scope beginning(ContextKey<?> key, Object value) {
    return beginning(key, value, null);
  }

  /** The scope that a callback thread begins in, with one more value than another beginning. */
  static Scope beginning(ContextKey<?> key, Object value, @Nullable Scope other) {
    Bound bound = new Bound(key, value, other == null ? null : other.binding);
    return new Scope(null, null, NO_DEADLINE, null, false, false, false, bound);
  }

  /**
   * The scope that a callback thread begins in whose subscriber has a context.
   *
   * @param captured the scope without it
   */
  static Scope beginningFor(Object subscriberContext, @Nullable Scope captured) {
    SubscriberContexts library = Objects.requireNonNull(SubscriberContexts.known(), "library");
    ContextKey<?> key = (ContextKey<?>) library.key();
    Object inherited = captured == null ? null : captured.value(key);
    return inherited == null
        ? beginning(key, subscriberContext, captured)
        : beginning(key, library.join(inherited, subscriberContext), null);
  }

  /** The context for subscribers, if there is one. */
  static @Nullable Object subscriberContext(@Nullable Scope scope) {
    SubscriberContexts library = SubscriberContexts.known();
    return scope == null || library == null ? null : scope.value((ContextKey<?>) library.key());
  }

  /** Whether a callback thread is still in the scope it began in. */
  static boolean isOutermost(@Nullable Scope scope) {
    return scope == null || scope.outer == null;
  }

  boolean heedsCancelBetweenSteps() {
    return !isProtected && !isAcquiring;
  }

  boolean heedsCancelWhileWaiting() {
    return !isProtected;
  }

  /** Its own timeouts: those around a protected part are not among its deadlines. */
  boolean heedsTimeoutBetweenSteps() {
    return !isAcquiring;
  }

  Scope named(String inner) {
    return new Scope(this, inner, deadline, timeout, isProtected, isAcquiring, finalizer, binding);
  }

  Scope timingOut(long at, Frame landing) {
    return at < deadline
        ? new Scope(this, null, at, landing, isProtected, isAcquiring, finalizer, binding)
        : new Scope(this, null, deadline, timeout, isProtected, isAcquiring, finalizer, binding);
  }

  Scope acquiring() {
    return new Scope(this, null, deadline, timeout, isProtected, true, finalizer, binding);
  }

  Scope uncancellable() {
    return new Scope(this, null, NO_DEADLINE, null, true, isAcquiring, finalizer, binding);
  }

  Scope finalizing() {
    return new Scope(this, null, NO_DEADLINE, null, true, false, true, binding);
  }

  Scope with(Task.Binding added) {
    Bound bound = new Bound(added.key(), added.value(), binding);
    return new Scope(this, null, deadline, timeout, isProtected, isAcquiring, finalizer, bound);
  }

  /** What a child has of its parent's scope: the context, and whether it is part of a finalizer. */
  static @Nullable Scope inherited(@Nullable Scope scope) {
    return scope == null || (scope.binding == null && !scope.finalizer)
        ? null
        : new Scope(null, null, NO_DEADLINE, null, false, false, scope.finalizer, scope.binding);
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
