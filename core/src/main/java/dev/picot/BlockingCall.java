/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.internal.FlightEvents;
import dev.picot.loop.ElasticTask;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** A hop: blocking code on the elastic pool, whose result comes home. */
final class BlockingCall extends Awaiter {
  private final Callable<?> call;
  private final Object label;
  private final boolean forced;
  private final @Nullable Object context;

  /** See {@link Dropped}. */
  private final @Nullable Object subscriberContext;

  /** The elastic thread that makes the call now. Written by it. */
  private volatile @Nullable Thread on;

  BlockingCall(CallbackThreadCore waiter, Callable<?> call, Object label, @Nullable Scope scope) {
    super(waiter);
    this.call = call;
    this.label = label;
    this.forced = scope != null && scope.finalizer();
    this.context = waiter.scheduler().contextOf(scope);
    this.subscriberContext = Scope.subscriberContext(scope);
  }

  @Override
  void start() {
    waiter().scheduler().submit(new Hop(), forced);
  }

  @Override
  boolean isSureToEnd() {
    return true;
  }

  /** Where the call is being made; empty if it is queued, or has returned. */
  String awayOn() {
    Thread thread = on;
    return thread == null ? "" : thread.getName();
  }

  @Override
  String describeWait() {
    return "blocking call " + Labels.of(label);
  }

  /**
   * The call as the elastic pool knows it; the outcome is sent when the pool has its thread back.
   */
  private final class Hop extends ElasticTask {
    private @Nullable Object value;
    private @Nullable Throwable error;

    @Override
    protected void run() {
      on = Thread.currentThread();
      Object event = FlightEvents.hopBegins();
      Runnable undo = context == null ? null : waiter().scheduler().showContext(context);
      try {
        value = call.call();
      } catch (Throwable e) {
        error = e;
      }
      if (undo != null) {
        undo.run();
      }
      FlightEvents.hopEnds(
          event, waiter().scheduler().name(), waiter()::label, () -> Labels.of(label));
      on = null;
    }

    @Override
    protected void returned() {
      if (error == null) {
        if (!complete(value)) {
          Dropped.value(waiter(), subscriberContext, value);
        }
      } else if (!fail(error)) {
        Dropped.error(waiter(), subscriberContext, error);
      }
    }

    @Override
    protected boolean abandoned() {
      if (!isDone()) {
        return false;
      }
      dropOrphan();
      return true;
    }

    @Override
    protected void rejected(RuntimeException reason) {
      fail(waiter().scheduler().refusal(reason));
    }

    @Override
    protected String callbackThread() {
      return waiter().name();
    }

    @Override
    protected String describe() {
      return Labels.of(label) + " for callback thread '" + waiter().name() + "'";
    }
  }
}
