/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The context carrier of a scheduler, whose errors are reported and go nowhere else. */
final class Carrier<C> {
  private final ContextCarrier<C> carrier;
  private final ContextKey<C> key;
  private final LoopScheduler scheduler;

  Carrier(ContextCarrier<C> carrier, LoopScheduler scheduler) {
    this.carrier = carrier;
    this.key = Objects.requireNonNull(carrier.key(), "key of the context carrier");
    this.scheduler = scheduler;
  }

  /** The scope that a callback thread spawned by the calling thread begins in, or null. */
  @Nullable Scope capture() {
    try {
      C captured = carrier.capture();
      return captured == null ? null : Scope.beginning(key, key.cast(captured));
    } catch (Throwable e) {
      scheduler.uncaught("capture by " + Labels.of(carrier), e);
      return null;
    }
  }

  @Nullable Object contextOf(Scope scope) {
    return scope.value(key);
  }

  /** Answers how to undo it; null if it failed. In a slice, or around a blocking call. */
  @Nullable Runnable show(Object context) {
    try {
      Action undo = Objects.requireNonNull(carrier.install(key.cast(context)), "undo");
      return () -> undo(undo);
    } catch (Throwable e) {
      scheduler.uncaught("install by " + Labels.of(carrier), e);
      return null;
    }
  }

  private void undo(Action undo) {
    try {
      undo.run();
    } catch (Throwable e) {
      scheduler.uncaught("undoing what was installed by " + Labels.of(carrier), e);
    }
  }
}
