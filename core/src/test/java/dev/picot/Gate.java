/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;

/** Holds up whoever waits at it, on a loop as well, until it is opened; see {@link Schedulers}. */
final class Gate {
  private final CountDownLatch arrived = new CountDownLatch(1);
  private final CountDownLatch open = new CountDownLatch(1);

  /** Waits until somebody stands at the gate. */
  void awaitArrival() {
    Deadline.await(arrived);
  }

  void pass() {
    arrived.countDown();
    Deadline.await(open);
  }

  <T> Callable<T> before(T value) {
    return () -> {
      pass();
      return value;
    };
  }

  void open() {
    open.countDown();
  }
}
