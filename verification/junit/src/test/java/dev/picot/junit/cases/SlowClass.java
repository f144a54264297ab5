/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit.cases;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;

/** Takes long to be initialized: once in a process. */
final class SlowClass {
  static final String VALUE = value();

  private SlowClass() {}

  private static String value() {
    Gate.BEGUN.countDown();
    try {
      Gate.RELEASE.get().await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return "done";
  }

  /** Where it waits. */
  static final class Gate {
    static final CountDownLatch BEGUN = new CountDownLatch(1);
    static final AtomicReference<CountDownLatch> RELEASE = new AtomicReference<>();

    private Gate() {}
  }
}
