/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.internal.StackRoom;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Waits for an operation with a callback. */
final class AsyncAwait extends Awaiter implements AsyncSink<Object> {
  private static final Action CANCELLED = () -> {};

  private final AsyncStart<Object> start;

  /** How to cancel, or CANCELLED once nobody waits any more. */
  private final AtomicReference<@Nullable Action> cancel = new AtomicReference<>();

  AsyncAwait(CallbackThreadCore waiter, AsyncStart<Object> start) {
    super(waiter);
    this.start = start;
  }

  @Override
  void start() throws Exception {
    start.start(this);
  }

  @Override
  void cancel() throws Exception {
    Action action = cancel.getAndSet(CANCELLED);
    if (action != null) {
      action.run();
    }
  }

  @Override
  public boolean success(Object value) {
    StackRoom.claim();
    return complete(value);
  }

  @Override
  public boolean error(Throwable error) {
    Objects.requireNonNull(error, "error");
    StackRoom.claim();
    return fail(error);
  }

  @Override
  public void onCancel(Action action) {
    Objects.requireNonNull(action, "action");
    for (; ; ) {
      Action seen = cancel.get();
      if (seen == CANCELLED) {
        LoopScheduler scheduler = waiter().scheduler();
        if (!waiter().boundLoop().post(new ActionTask(action, scheduler, "onCancel"))) {
          scheduler.uncaught(
              "onCancel " + Labels.of(action), scheduler.closedWhile("could not run onCancel"));
        }
        return;
      }
      if (cancel.compareAndSet(seen, action)) {
        return;
      }
    }
  }

  @Override
  String describeWait() {
    return "callback of " + Labels.of(start);
  }
}
