/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import io.r2dbc.spi.Connection;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

/** Subscribes and remembers what it is signalled. */
final class Caller<T> implements CoreSubscriber<T> {
  volatile T value;
  volatile Throwable error;
  volatile boolean isComplete;
  volatile String thread = "";
  final AtomicInteger values = new AtomicInteger();

  private final CountDownLatch ended = new CountDownLatch(1);
  private Subscription subscription;

  static <T> Caller<T> of(Publisher<T> publisher) {
    Caller<T> caller = new Caller<>();
    publisher.subscribe(caller);
    return caller;
  }

  static Caller<Connection> acquires(LoopConnectionFactory factory) {
    return of(factory.create());
  }

  static void close(Connection connection) {
    Mono.from(connection.close()).subscribe();
  }

  void cancel() {
    subscription.cancel();
  }

  void await() throws InterruptedException {
    Loops.await(ended);
  }

  /** Whether it was not signalled anything. */
  boolean waits() {
    return value == null && error == null && !isComplete;
  }

  @Override
  public void onSubscribe(Subscription s) {
    subscription = s;
    s.request(Long.MAX_VALUE);
  }

  @Override
  public void onNext(T next) {
    value = next;
    values.incrementAndGet();
    thread = Thread.currentThread().getName();
  }

  @Override
  public void onError(Throwable reason) {
    error = reason;
    thread = Thread.currentThread().getName();
    ended.countDown();
  }

  @Override
  public void onComplete() {
    isComplete = true;
    thread = Thread.currentThread().getName();
    ended.countDown();
  }
}
