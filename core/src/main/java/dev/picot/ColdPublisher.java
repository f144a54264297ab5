/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;

/** Starts one callback thread for each subscriber. */
final class ColdPublisher<T extends @Nullable Object> implements Publisher<T> {
  private final LoopScheduler scheduler;
  private final Task<? extends T> task;

  ColdPublisher(LoopScheduler scheduler, Task<? extends T> task) {
    this.scheduler = scheduler;
    this.task = task;
  }

  @Override
  public void subscribe(Subscriber<? super T> subscriber) {
    Objects.requireNonNull(subscriber, "subscriber");
    OutcomeSubscription subscription = new OutcomeSubscription(subscriber, null);
    subscriber.onSubscribe(subscription);
    if (!subscription.open()) {
      return;
    }
    CallbackThread<?> thread;
    try {
      thread = scheduler.spawn(task, subscription.subscriberContext());
    } catch (RefusedException e) {
      subscription.refused(e);
      return;
    }
    subscription.started(thread);
  }
}
