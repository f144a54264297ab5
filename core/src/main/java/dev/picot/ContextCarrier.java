/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import org.jspecify.annotations.Nullable;

/**
 * Carries thread-locals, such as a logger's MDC, from the thread that spawns a callback thread to
 * the steps and blocking calls of the callback thread.
 *
 * <p>Picot calls what was captured the <em>context</em> of the callback thread. It is one value
 * under one {@link ContextKey}, kept over waits, hops and takeovers and inherited by children;
 * {@link Task#with} replaces it for a part of a task, {@link Task#context} reads it. Where no
 * thread-local is involved, a {@code ContextKey} alone is enough.
 *
 * <p>A context is shown lazily: while the next slice on a loop has the same context, nothing is
 * called. So a step that changes such a thread-local changes it back before it ends; what it leaves
 * behind may be seen by other callback threads of the same context, and is lost at any time.
 *
 * <h2>Threading</h2>
 *
 * One carrier serves all threads of its scheduler at the same time, and keeps no state of its own.
 * It is called only by whoever spawns, within slices, and on elastic threads around a blocking
 * call. It must not block: it is part of the slice, and if it gets stuck the loop is taken over. A
 * step that is stuck keeps its context on its thread, and the new owner of the loop shows contexts
 * afresh.
 *
 * <h2>Errors</h2>
 *
 * What a carrier throws is logged to {@code dev.picot} and changes nothing else: the callback
 * thread runs without that context.
 *
 * @param <C> the type of the context, immutable
 * @see LoopScheduler.Builder#contextCarrier
 * @since 0.1
 */
public interface ContextCarrier<C> {
  /**
   * Names the context. Invoked once, by the thread that builds the scheduler; if it throws or gives
   * null the scheduler is not built.
   *
   * @return the key of the context, the same for all schedulers that hand it to each other
   */
  ContextKey<C> key();

  /**
   * Reads the thread-locals. Invoked once for each callback thread that has no parent, on the
   * thread that spawns it or subscribes to it, before it is admitted. If it throws, that is logged
   * and the callback thread starts without a context.
   *
   * @return the context; null if there is nothing to carry
   */
  @Nullable C capture();

  /**
   * Sets the thread-locals. Invoked on a loop thread, in a slice, before the first step that has
   * this context after one that has another; and on an elastic thread before each blocking call
   * that has a context. If it throws, that is logged, and the steps or the call run with whatever
   * was set so far.
   *
   * @param context what was captured, or set by {@link Task#with}
   * @return puts back what was there before; must not be null. Invoked once, on the same thread,
   *     before anything that has another context or none, before the loop sleeps, and after the
   *     blocking call. If it throws, that is logged
   * @throws Exception if the context cannot be shown
   */
  Action install(C context) throws Exception;
}
