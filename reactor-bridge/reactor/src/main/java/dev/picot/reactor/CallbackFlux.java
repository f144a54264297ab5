/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor;

import dev.picot.Emitter;
import dev.picot.LoopScheduler;
import dev.picot.Step;
import dev.picot.Task;
import java.util.Objects;
import reactor.core.publisher.Flux;

/**
 * Callback threads as {@link Flux}, and the way back to a loop for many values.
 *
 * <p>{@link CallbackMono} is the same for one value at most, and tells of the Reactor Context.
 *
 * <h2>Threading</h2>
 *
 * Signals arrive on a loop. Operators behind a foreign scheduler, such as {@code delayElements},
 * run on that scheduler; {@link #home} brings the signals back.
 *
 * <h2>Cancellation</h2>
 *
 * Cancelling the subscription cancels the callback thread. What it was about to emit is given to
 * the discard hook, with the subscriber's Context, and a later error to the hook for dropped
 * errors.
 *
 * <h2>Errors</h2>
 *
 * Refused work is an {@code onError} with a {@link dev.picot.RefusedException}; a callback thread
 * that somebody else has cancelled is one with a {@link
 * java.util.concurrent.CancellationException}.
 *
 * <pre>
 * CallbackFlux.&lt;Row&gt;of(reports, emitter -&gt; Task.forEach(cursor, row -&gt; emitter.emit(row)))
 * </pre>
 *
 * @see LoopScheduler#stream(Step)
 * @since 0.1
 */
public final class CallbackFlux {
  private CallbackFlux() {}

  /**
   * Shows any number of values as a cold {@code Flux}: each subscriber starts a callback thread of
   * its own, which emits them as they are requested. It completes when the task has completed.
   *
   * @param scheduler runs the callback threads
   * @param body makes the task of each callback thread from its emitter, in its first step
   * @param <T> the type of the values; {@code CallbackFlux.<Row>of(...)} says it where it cannot be
   *     inferred
   * @return the {@code Flux}; while Reactor's time is virtual it fails as {@link CallbackMono#of}
   */
  public static <T> Flux<T> of(
      LoopScheduler scheduler, Step<? super Emitter<T>, ? extends Task<?>> body) {
    NonBlockingLoops.register();
    ReactorContexts.register();
    Objects.requireNonNull(scheduler, "scheduler");
    return TaskFlux.of(scheduler, Objects.requireNonNull(body, "body"));
  }

  /**
   * Brings the signals of a {@code Flux} home: to the loop that subscribes, in their order. What
   * comes in a burst comes home with one post. What is signalled within the step that subscribes is
   * passed on at once; after 256 values of a burst other tasks of the loop have their turn.
   *
   * <p>As {@code publishOn}, it requests {@link reactor.util.concurrent.Queues#SMALL_BUFFER_SIZE}
   * values at first and three quarters of that each time so many have come home, and an error comes
   * after the values before it. A slice that gets stuck in the subscriber is detached, never
   * failed: the rest waits for it.
   *
   * @param flux the {@code Flux}, which may signal on any thread
   * @param <T> the type of the values
   * @return the same, on the loop; subscribed to on a thread that is not a loop, it fails with
   *     {@link IllegalStateException}: there is no home, use {@code
   *     publishOn(CallbackSchedulers.of(...))}. It fails with {@link
   *     java.util.concurrent.RejectedExecutionException} if the loop ends before the signals do
   */
  public static <T> Flux<T> home(Flux<T> flux) {
    NonBlockingLoops.register();
    return HomeFlux.of(Objects.requireNonNull(flux, "flux"));
  }
}
