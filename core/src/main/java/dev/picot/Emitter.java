/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import java.util.Objects;
import java.util.concurrent.CancellationException;

/**
 * Gives the values of one subscription to a {@link LoopScheduler#stream stream}, one by one, as the
 * subscriber requests them.
 *
 * <p>Where several callback threads, or code that cannot wait, give values to one subscriber, put a
 * {@code Mailbox} of package {@code dev.picot.stream} between them.
 *
 * <h2>Threading</h2>
 *
 * It belongs to the callback thread that the stream started for its subscriber: only tasks of that
 * callback thread may emit. The subscriber is signalled within its steps, on its loop.
 *
 * <h2>Cancellation</h2>
 *
 * The subscriber's {@code cancel} cancels the callback thread. An emission that was cancelled, or
 * timed out, while it waited for demand has signalled nothing. In a part that is protected from
 * cancellation an emission fails with {@link CancellationException} once the subscriber has
 * cancelled.
 *
 * @param <T> the type of the values
 * @see LoopScheduler#stream(Step)
 * @since 0.1
 */
@CheckReturnValue
public final class Emitter<T> {
  private final StreamSubscription subscription;

  Emitter(StreamSubscription subscription) {
    this.subscription = subscription;
  }

  /**
   * Gives the subscriber a value: waits until it has requested one, then signals {@code onNext}.
   *
   * @param value the value
   * @return a task that completes with null when {@code onNext} has returned. It fails with {@link
   *     IllegalStateException} in any other callback thread than the stream's own, such as a child,
   *     and with {@link CancellationException} after the subscriber has cancelled
   */
  public Task<Void> emit(T value) {
    return Task.emitting(subscription, Objects.requireNonNull(value, "value"));
  }
}
