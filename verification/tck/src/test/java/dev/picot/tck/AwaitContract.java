/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.tck;

import dev.picot.LoopScheduler;
import dev.picot.Task;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.tck.SubscriberBlackboxVerification;
import org.reactivestreams.tck.TestEnvironment;
import org.testng.annotations.AfterClass;
import org.testng.annotations.BeforeClass;

/**
 * The rules for the subscriber with which a task awaits a publisher.
 *
 * <p>As a black box: the white-box tests want to decide when it requests how much, and it requests
 * once, in {@code onSubscribe}, or for each value that was handled. Those that the TCK skips, all
 * named {@code untested_}, can be verified for no subscriber.
 */
abstract class AwaitContract extends SubscriberBlackboxVerification<Integer> {
  private static final long TIMEOUT_MILLIS = 2_000;
  private static final long NO_SIGNAL_MILLIS = 1_000;

  private LoopScheduler scheduler;

  AwaitContract() {
    super(new TestEnvironment(TIMEOUT_MILLIS, NO_SIGNAL_MILLIS));
  }

  @BeforeClass
  public void open() {
    scheduler = LoopScheduler.create("tck");
  }

  @AfterClass
  public void close() {
    scheduler.closeNow();
  }

  @Override
  @SuppressWarnings("unchecked") // it takes whatever its publisher gives
  public Subscriber<Integer> createSubscriber() {
    CompletableFuture<Subscriber<?>> subscriber = new CompletableFuture<>();
    var waiting = scheduler.spawn(await(subscriber::complete));
    var unused = waiting.toFuture(); // so that nobody reports how it ended
    try {
      return (Subscriber<Integer>) subscriber.get(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** A task that awaits the publisher. */
  abstract Task<?> await(Publisher<Integer> publisher);

  @Override
  public Integer createElement(int element) {
    return element;
  }
}
