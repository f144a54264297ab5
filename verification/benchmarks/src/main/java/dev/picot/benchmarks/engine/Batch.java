/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.engine;

import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/** Waits until so many things have happened; the same for all that are compared. */
final class Batch {
  private final AtomicInteger left = new AtomicInteger();
  private final Semaphore done = new Semaphore(0);

  void begin(int count) {
    left.set(count);
  }

  void arrive() {
    if (left.decrementAndGet() == 0) {
      done.release();
    }
  }

  void await() throws InterruptedException {
    done.acquire();
  }
}
