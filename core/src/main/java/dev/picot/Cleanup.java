/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;

/** The finalizers of a callback thread whose step is stuck, for a callback thread of their own. */
@NullUnmarked // what an operand is, and whether it is there, is decided by the tag
@SuppressWarnings({"unchecked", "rawtypes"}) // frames are untyped
final class Cleanup {
  private Cleanup() {}

  /** Claims what is to be claimed; null if there is nothing to run. */
  static @Nullable Frame of(
      CallbackThreadCore thread, Throwable error, @Nullable Frame stack, Scope scope) {
    Outcome<?> outcome = new Outcome.Failed<>(error);
    List<Task<?>> finalizers = new ArrayList<>();
    List<CallbackThread<?>> children = thread.observers().children().close();
    if (!children.isEmpty()) {
      finalizers.add(Task.ending(new Ending(children)));
    }
    for (Frame frame = stack; frame != null; frame = frame.next) {
      if (frame instanceof Frame.Finally f && f.claim()) {
        finalizers.add(Task.run(() -> ((Effect) f.operand).accept(outcome)));
      } else if (frame instanceof Frame.Using using && !using.abandon() && using.claim()) {
        Step2 release = using.use().release();
        finalizers.add(Task.defer(() -> (Task<?>) release.apply(using.thing(), outcome)));
      }
    }
    if (finalizers.isEmpty()) {
      return null;
    }
    LoopScheduler scheduler = thread.scheduler();
    // As releases that are due, so that each runs also if the one before it gets stuck and is
    // failed in turn, or the callback thread that is to run them before its first step.
    Frame due = null;
    for (int i = finalizers.size() - 1; i >= 0; i--) {
      Task<Void> guarded =
          finalizers
              .get(i)
              .then()
              .onErrorResume(
                  e -> {
                    scheduler.uncaught("finalizer after a failed stall", e);
                    return Task.done();
                  });
      Frame.Using release =
          new Frame.Using(new Task.Use(none -> Task.done(), (none, ended) -> guarded), due, scope);
      release.acquired(null);
      due = release;
    }
    return due;
  }
}
