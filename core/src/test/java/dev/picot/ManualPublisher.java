/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** A publisher for one subscriber that the test signals by hand, from any thread. */
final class ManualPublisher<T> implements Publisher<T> {
  final CountDownLatch subscribed = new CountDownLatch(1);
  final CountDownLatch cancelled = new CountDownLatch(1);
  final AtomicInteger cancels = new AtomicInteger();
  final List<Long> requests = new CopyOnWriteArrayList<>();
  final List<String> threads = new CopyOnWriteArrayList<>();

  private volatile @Nullable Subscriber<? super T> subscriber;

  @Override
  public void subscribe(Subscriber<? super T> to) {
    threads.add("subscribe on " + Thread.currentThread().getName());
    subscriber = to;
    to.onSubscribe(
        new Subscription() {
          @Override
          public void request(long n) {
            threads.add("request on " + Thread.currentThread().getName());
            requests.add(n);
          }

          @Override
          public void cancel() {
            threads.add("cancel on " + Thread.currentThread().getName());
            cancels.incrementAndGet();
            cancelled.countDown();
          }
        });
    subscribed.countDown();
  }

  void next(T value) {
    to().onNext(value);
  }

  void complete() {
    to().onComplete();
  }

  void error(Throwable error) {
    to().onError(error);
  }

  private Subscriber<? super T> to() {
    Deadline.await(subscribed);
    Subscriber<? super T> to = subscriber;
    if (to == null) {
      throw new AssertionError("nobody has subscribed");
    }
    return to;
  }
}
