/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import java.util.Objects;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;

/** Starts one callback thread for each subscriber, which emits any number of values. */
final class StreamPublisher<T> implements Publisher<T> {
  private final LoopScheduler scheduler;
  private final Step<? super Emitter<T>, ? extends Task<?>> body;

  StreamPublisher(LoopScheduler scheduler, Step<? super Emitter<T>, ? extends Task<?>> body) {
    this.scheduler = scheduler;
    this.body = body;
  }

  @Override
  public void subscribe(Subscriber<? super T> subscriber) {
    Objects.requireNonNull(subscriber, "subscriber");
    StreamSubscription subscription = new StreamSubscription(subscriber);
    subscriber.onSubscribe(subscription);
    if (!subscription.open()) {
      return;
    }
    CallbackThread<?> thread;
    try {
      thread =
          scheduler.spawn(
              Task.call(subscription::<T>begin).flatMap(body), subscription.subscriberContext());
    } catch (RefusedException e) {
      subscription.refused(e);
      return;
    }
    subscription.started(thread);
  }
}
