/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Holds up the tasks that want to pass it until it is opened. */
final class Gate {
  private final CountDownLatch reached = new CountDownLatch(1);
  private final CountDownLatch opened = new CountDownLatch(1);
  private final CountDownLatch passed = new CountDownLatch(1);

  /** In a task: waits. Returns whether it was interrupted. */
  boolean pass() {
    reached.countDown();
    try {
      assertThat(opened.await(Patience.LIMIT.toSeconds(), TimeUnit.SECONDS))
          .as("the gate was opened")
          .isTrue();
      return Thread.interrupted(); // it may have been opened just after that
    } catch (InterruptedException e) {
      return true;
    } finally {
      passed.countDown();
    }
  }

  /** Waits until a task wants to pass. */
  void awaitReached() throws InterruptedException {
    Patience.await(reached);
  }

  /** Waits until a task has passed. */
  void awaitPassed() throws InterruptedException {
    Patience.await(passed);
  }

  void open() {
    opened.countDown();
  }
}
