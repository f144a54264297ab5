/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.internal.Text;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/** Waits for the outcome of another callback thread. */
final class JoinAwait extends Awaiter {
  private final CallbackThread<?> joined;

  JoinAwait(CallbackThreadCore waiter, CallbackThread<?> joined) {
    super(waiter);
    this.joined = joined;
  }

  @Override
  void start() {
    if (joined == waiter()) {
      throw new IllegalStateException(
          Text.format(
              "Callback thread '%s' joins itself and would wait for ever", waiter().name()));
    }
    if (joined.isAncestorOf(waiter())) {
      throw new IllegalStateException(
          Text.format(
              "Callback thread '%s' joins '%s', which waits for it as for its child: both would wait for ever",
              waiter().name(), joined.name()));
    }
    joined.observe(
        new Observer() {
          @Override
          void ended() {
            Outcome<?> outcome = joined.outcomeNow();
            if (outcome instanceof Outcome.Completed<?> completed) {
              complete(completed.value());
            } else {
              fail(error(outcome));
            }
          }

          @Override
          boolean isStale() {
            return !takesValue();
          }
        });
  }

  static Throwable error(@Nullable Outcome<?> outcome) {
    return outcome instanceof Outcome.Failed<?> failed
        ? failed.error()
        : new CancellationException("the callback thread was cancelled");
  }

  @Override
  String describeWait() {
    return "callback thread '" + joined.name() + "'";
  }
}
