/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A call that runs its body and keeps account of what was done with it. */
final class TestCall extends ElasticTask {
  final CountDownLatch started = new CountDownLatch(1);
  final CountDownLatch ended = new CountDownLatch(1);
  final AtomicInteger runs = new AtomicInteger();
  final AtomicInteger returns = new AtomicInteger();
  final AtomicInteger rejections = new AtomicInteger();
  volatile boolean abandoned;
  volatile Runnable onReturn = () -> {};
  volatile Runnable onReject = () -> {};

  private volatile @Nullable Thread thread;
  private volatile @Nullable RuntimeException reason;
  private final String name;
  private final Runnable body;

  private TestCall(String name, Runnable body) {
    this.name = name;
    this.body = body;
  }

  static TestCall of(Runnable body) {
    return new TestCall("call", body);
  }

  /** Does nothing. */
  static TestCall empty() {
    return of(() -> {});
  }

  /** Blocks until the latch is open. */
  static TestCall until(CountDownLatch latch) {
    return until("call", latch);
  }

  static TestCall until(String name, CountDownLatch latch) {
    return new TestCall(name, () -> Deadline.await(latch));
  }

  /** The thread that ran it. */
  Thread thread() {
    return requireNonNull(thread, "not run yet");
  }

  /** Why it was rejected. */
  RuntimeException reason() {
    return requireNonNull(reason, "not rejected");
  }

  @Override
  protected void run() {
    runs.incrementAndGet();
    thread = Thread.currentThread();
    started.countDown();
    body.run();
  }

  @Override
  protected void returned() {
    returns.incrementAndGet();
    onReturn.run();
    ended.countDown();
  }

  @Override
  protected boolean abandoned() {
    return abandoned;
  }

  @Override
  protected void rejected(RuntimeException reason) {
    this.reason = reason;
    rejections.incrementAndGet();
    onReject.run();
    ended.countDown();
  }

  @Override
  protected String describe() {
    return name;
  }
}
