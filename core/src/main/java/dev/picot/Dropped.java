/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.internal.LateValue;
import dev.picot.internal.SubscriberContexts;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * Values and errors that came too late for whoever they were for: given to the reactive library
 * that their callback thread or subscriber belongs to, if it belongs to one.
 */
final class Dropped {
  private Dropped() {}

  /** Where user code may run. Without a context, or for null, nothing happens. */
  static void value(CallbackThreadCore whose, @Nullable Object context, @Nullable Object value) {
    SubscriberContexts library = SubscriberContexts.known();
    Object dropped = value instanceof Optional<?> optional ? optional.orElse(null) : value;
    if (dropped instanceof LateValue late) {
      late.release();
    } else if (library != null && context != null && dropped != null) {
      try {
        library.discard(dropped, context);
      } catch (Throwable e) {
        whose.scheduler().uncaught("the hook for discarded values", e);
      }
    }
  }

  /** Likewise. That something was cancelled is not worth telling. */
  static void error(CallbackThreadCore whose, @Nullable Object context, Throwable error) {
    SubscriberContexts library = SubscriberContexts.known();
    if (library != null && context != null && !(error instanceof CancellationException)) {
      try {
        library.drop(error, context);
      } catch (Throwable e) {
        whose.scheduler().uncaught("the hook for dropped errors", e);
      }
    }
  }

  /** Likewise: how a callback thread has ended that nobody is told of. */
  static void outcome(
      CallbackThreadCore whose, @Nullable Object context, @Nullable Outcome<?> outcome) {
    if (outcome instanceof Outcome.Completed<?> completed) {
      value(whose, context, completed.value());
    } else if (outcome instanceof Outcome.Failed<?> failed) {
      error(whose, context, failed.error());
    }
  }
}
