/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.tck;

import dev.picot.LoopScheduler;
import org.reactivestreams.Publisher;
import org.reactivestreams.tck.PublisherVerification;
import org.reactivestreams.tck.TestEnvironment;
import org.testng.annotations.AfterClass;
import org.testng.annotations.BeforeClass;

/**
 * The rules for a publisher of at most one value.
 *
 * <p>The TCK skips by itself what needs more values than that, and rules it cannot verify for any
 * publisher.
 */
abstract class PublisherContract extends PublisherVerification<Integer> {
  private static final long TIMEOUT_MILLIS = 1_000;
  private static final long NO_SIGNAL_MILLIS = 100;

  private LoopScheduler scheduler;
  private LoopScheduler closed;

  PublisherContract() {
    super(new TestEnvironment(TIMEOUT_MILLIS, NO_SIGNAL_MILLIS));
  }

  @BeforeClass
  public void open() {
    scheduler = LoopScheduler.create("tck");
    closed = LoopScheduler.create("tck-closed");
    closed.close();
  }

  @AfterClass
  public void close() {
    scheduler.close();
  }

  @Override
  public long maxElementsFromPublisher() {
    return 1;
  }

  @Override
  public Publisher<Integer> createPublisher(long elements) {
    return publisher(scheduler, elements);
  }

  @Override
  public Publisher<Integer> createFailedPublisher() {
    return failed(scheduler, closed);
  }

  /** Of no value, or of one. */
  abstract Publisher<Integer> publisher(LoopScheduler scheduler, long elements);

  /** Signals an error without a value. */
  abstract Publisher<Integer> failed(LoopScheduler scheduler, LoopScheduler closed);
}
