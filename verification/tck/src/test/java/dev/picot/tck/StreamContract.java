/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.tck;

import dev.picot.Emitter;
import dev.picot.LoopScheduler;
import dev.picot.Task;
import org.reactivestreams.Publisher;
import org.reactivestreams.tck.PublisherVerification;
import org.reactivestreams.tck.TestEnvironment;
import org.testng.annotations.AfterClass;
import org.testng.annotations.BeforeClass;

/**
 * The rules for a publisher of many values. Those that the TCK skips are the {@code untested_}
 * ones, which no test can verify for any publisher, and those about one publisher with several
 * subscribers that see the same values: here each subscriber sees its own.
 */
abstract class StreamContract extends PublisherVerification<Integer> {
  private static final long TIMEOUT_MILLIS = 2_000;
  private static final long NO_SIGNAL_MILLIS = 100;

  private LoopScheduler scheduler;
  private LoopScheduler closed;

  StreamContract() {
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
    scheduler.closeNow();
  }

  @Override
  public Publisher<Integer> createPublisher(long elements) {
    return publisher(scheduler, elements);
  }

  @Override
  public Publisher<Integer> createFailedPublisher() {
    return publisher(closed, 1);
  }

  abstract Publisher<Integer> publisher(LoopScheduler on, long elements);

  static Task<Void> count(Emitter<? super Integer> emitter, long left) {
    return left == 0
        ? Task.done()
        : emitter.emit((int) left).flatMap(emitted -> count(emitter, left - 1));
  }
}
