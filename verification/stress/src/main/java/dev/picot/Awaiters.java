/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import java.util.Objects;

/** Things to wait for, and what is left behind when somebody does not. */
final class Awaiters {
  private static final LoopScheduler SCHEDULER =
      LoopScheduler.builder("stress").loops(1).maxCallbackThreads(100_000_000).build();

  private static final Task.Use RELEASE =
      new Task.Use(acquired -> Task.done(), (acquired, outcome) -> Task.done());

  private Awaiters() {}

  /** Completed from outside only. */
  static final class Plain extends Awaiter {
    Plain(CallbackThreadCore waiter) {
      super(waiter);
    }

    @Override
    void start() {}

    @Override
    String describeWait() {
      return "nothing";
    }
  }

  /** On a loop that runs; itself in no list. */
  static CallbackThread<?> waiter() {
    return new CallbackThread<>(Task.value(1), SCHEDULER.group().loops().get(0));
  }

  /** Of a callback thread that gives up an acquire. */
  static Orphan orphanOf(CallbackThreadCore thread) {
    Scope acquiring = Scope.of(null).acquiring();
    return Objects.requireNonNull(
        Orphan.ofWait(thread, new Frame.Using(RELEASE, null, null), acquiring));
  }
}
