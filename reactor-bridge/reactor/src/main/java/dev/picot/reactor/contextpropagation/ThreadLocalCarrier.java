/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.contextpropagation;

import dev.picot.Action;
import dev.picot.ContextCarrier;
import dev.picot.ContextKey;
import dev.picot.reactor.CallbackMono;
import io.micrometer.context.ContextSnapshot;
import io.micrometer.context.ContextSnapshotFactory;
import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * Carries every thread-local that is registered with Micrometer's context-propagation, such as the
 * current observation, in the Reactor Context of callback threads.
 *
 * <p>So what a callback thread was subscribed to with {@code contextWrite}, what the subscribing or
 * spawning thread had, and what {@link dev.picot.Task#with} sets under {@link CallbackMono#CONTEXT}
 * are thread-locals of its steps and blocking calls; the Reactor Context wins over the thread.
 * Reactor's automatic propagation may be on or off: that is about operators, this about steps. A
 * {@code Mono} that is awaited finds the same values in its Context.
 *
 * <h2>Threading</h2>
 *
 * As {@link ContextCarrier} says; one may serve several schedulers. A slice installs the values
 * once, and clears registered thread-locals that its Context does not have.
 *
 * <h2>Errors</h2>
 *
 * What an accessor throws is logged to {@code dev.picot}.
 *
 * <pre>
 * LoopScheduler.builder("checkout").contextCarrier(ThreadLocalCarrier.create())
 * </pre>
 *
 * @since 0.1
 */
public final class ThreadLocalCarrier implements ContextCarrier<ContextView> {
  private final ContextSnapshotFactory snapshots =
      ContextSnapshotFactory.builder().clearMissing(true).build();

  private ThreadLocalCarrier() {}

  /** {@return a carrier of all thread-locals of the global {@code ContextRegistry}} */
  public static ThreadLocalCarrier create() {
    return new ThreadLocalCarrier();
  }

  @Override
  public ContextKey<ContextView> key() {
    return CallbackMono.CONTEXT;
  }

  @Override
  public @Nullable ContextView capture() {
    Context captured = snapshots.captureAll().updateContext(Context.empty());
    return captured.isEmpty() ? null : captured;
  }

  @Override
  public Action install(ContextView context) {
    try {
      ContextSnapshot.Scope scope = snapshots.setThreadLocalsFrom(context);
      return scope::close;
    } catch (Throwable e) {
      forgetWhatIsSet(e);
      throw e;
    }
  }

  /** What was set before an accessor failed is not for others on this thread. */
  private void forgetWhatIsSet(Throwable failure) {
    try {
      var unused = snapshots.setThreadLocalsFrom(Context.empty());
    } catch (Throwable e) {
      failure.addSuppressed(e);
    }
  }
}
