/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor;

import dev.picot.ContextKey;
import dev.picot.LoopScheduler;
import dev.picot.Task;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/**
 * Callback threads as {@link Mono}, and the way back to a loop.
 *
 * <p>{@link #blocking(Callable)} replaces {@code
 * Mono.fromCallable(...).subscribeOn(Schedulers.boundedElastic())}: same meaning, on the bounded
 * pool of the scheduler that does the work, and the result comes home to its loop.
 *
 * <h2>Threading</h2>
 *
 * Signals arrive on a loop. Operators behind a foreign scheduler, such as {@code Mono.delay}, run
 * on that scheduler; {@link #home} brings the signals back.
 *
 * <h2>Cancellation</h2>
 *
 * Cancelling the subscription cancels the callback thread; a blocking call goes on, is counted
 * until it returns, and its result is dropped.
 *
 * <h2>Errors</h2>
 *
 * Refused work is an {@code onError} with a {@link dev.picot.RefusedException}. A value that is
 * null is empty completion.
 *
 * <pre>
 * carts.find(id).flatMap(sku -&gt; CallbackMono.blocking(checkout, () -&gt; legacy.find(sku)))
 * </pre>
 *
 * @see LoopScheduler#publisher
 * @since 0.1
 */
public final class CallbackMono {
  /**
   * The Reactor Context of a callback thread: {@code Task.context(CallbackMono.CONTEXT)} reads it.
   *
   * <p>A callback thread of {@link #of} or {@link CallbackFlux#of} begins with the Context of its
   * subscriber, and its children inherit it; any other has one only if {@link Task#with} has set
   * it, or a carrier such as that of package {@code dev.picot.reactor.contextpropagation} has
   * captured it. Whatever a callback thread that has one {@linkplain
   * Task#await(org.reactivestreams.Publisher) awaits} is subscribed to with it, and what comes too
   * late for it, or for its subscriber, goes to the hooks for discarded values and dropped errors
   * with it.
   */
  public static final ContextKey<ContextView> CONTEXT = ReactorContexts.KEY;

  private CallbackMono() {}

  /**
   * Shows a task as a cold {@code Mono}: each subscriber starts a callback thread of its own.
   *
   * @param scheduler runs the callback threads
   * @param task what each of them does
   * @param <T> the type of the value
   * @return the {@code Mono}
   */
  public static <T> Mono<T> of(LoopScheduler scheduler, Task<? extends @Nullable T> task) {
    NonBlockingLoops.register();
    Objects.requireNonNull(scheduler, "scheduler");
    return TaskMono.of(scheduler, Objects.requireNonNull(task, "task"));
  }

  /**
   * Calls blocking code on the elastic pool of the current scheduler, the one whose loop
   * subscribes, and brings the result home to that loop.
   *
   * @param call the blocking code; null is empty completion
   * @param <T> the type of the value
   * @return a {@code Mono} that makes the call for each subscriber; subscribed to on a thread that
   *     is not a loop, it fails with {@link IllegalStateException}: there is no current scheduler,
   *     name one
   */
  public static <T> Mono<T> blocking(Callable<? extends @Nullable T> call) {
    Objects.requireNonNull(call, "call");
    return Mono.defer(
        () ->
            LoopScheduler.current()
                .map(scheduler -> home(CallbackMono.<T>blocking(scheduler, call)))
                .orElseGet(
                    () ->
                        Mono.error(
                            OffLoop.error(
                                "CallbackMono.blocking(call)",
                                "Name a scheduler: CallbackMono.blocking(scheduler, call)."))));
  }

  /**
   * Calls blocking code on the elastic pool of a scheduler. The result arrives on one of its loops.
   *
   * @param scheduler whose pool it is
   * @param call the blocking code; null is empty completion
   * @param <T> the type of the value
   * @return a {@code Mono} that makes the call for each subscriber
   */
  public static <T> Mono<T> blocking(
      LoopScheduler scheduler, Callable<? extends @Nullable T> call) {
    NonBlockingLoops.register();
    Objects.requireNonNull(scheduler, "scheduler");
    return TaskMono.untimed(scheduler, Task.blocking(call));
  }

  /**
   * Brings the signals of a {@code Mono} home: to the loop that subscribes. Value and completion
   * come together, in one slice; what is signalled within the step that subscribes is passed on at
   * once.
   *
   * @param mono the {@code Mono}, which may signal on any thread
   * @param <T> the type of the value
   * @return the same, on the loop; subscribed to on a thread that is not a loop, it fails with
   *     {@link IllegalStateException}: there is no home, use {@code
   *     publishOn(CallbackSchedulers.of(...))}
   */
  public static <T> Mono<T> home(Mono<T> mono) {
    NonBlockingLoops.register();
    return HomeMono.of(Objects.requireNonNull(mono, "mono"));
  }
}
