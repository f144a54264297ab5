/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** Notes every signal, and every signal that overlaps another. */
class TestSubscriber<T> implements Subscriber<T> {
  /** As in {@code next a}, {@code complete}, {@code error java.io.IOException: disk full}. */
  final List<String> signals = new CopyOnWriteArrayList<>();

  final List<String> threads = new CopyOnWriteArrayList<>();
  final CountDownLatch ended = new CountDownLatch(1);

  private final long demand;
  private final AtomicReference<@Nullable String> within = new AtomicReference<>();
  private volatile @Nullable Subscription subscription;
  private volatile @Nullable Throwable error;

  private TestSubscriber(long demand) {
    this.demand = demand;
  }

  /** Requests one as soon as it may. */
  TestSubscriber() {
    this(1);
  }

  /** Requests nothing by itself. */
  static <T> TestSubscriber<T> withoutDemand() {
    return new TestSubscriber<>(0);
  }

  Subscription subscription() {
    return Objects.requireNonNull(subscription, "not subscribed");
  }

  /** The error it was given. */
  Throwable error() {
    Deadline.await(ended);
    return Objects.requireNonNull(error, () -> "no error: " + signals);
  }

  /** All signals, once it has ended. */
  List<String> end() {
    Deadline.await(ended);
    return signals;
  }

  @Override
  public void onSubscribe(Subscription given) {
    enter("subscribe");
    subscription = given;
    if (demand > 0) {
      given.request(demand);
    }
    leave();
  }

  @Override
  public void onNext(T value) {
    enter("next " + value);
    leave();
  }

  @Override
  public void onError(Throwable thrown) {
    enter("error " + thrown);
    error = thrown;
    leave();
    ended.countDown();
  }

  @Override
  public void onComplete() {
    enter("complete");
    leave();
    ended.countDown();
  }

  final void enter(String signal) {
    String other = within.getAndSet(signal);
    if (other != null) {
      signals.add("OVERLAP of " + other + " by:");
    }
    threads.add(Thread.currentThread().getName());
    if (!signal.equals("subscribe")) {
      signals.add(signal);
    }
  }

  final void leave() {
    within.set(null);
  }
}
