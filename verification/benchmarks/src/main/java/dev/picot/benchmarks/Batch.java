/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks;

import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/** Waits until so many things have happened; the same for all that are compared. */
public final class Batch {
  private final AtomicInteger left = new AtomicInteger();
  private final Semaphore done = new Semaphore(0);

  /** Begins with nothing that has happened. */
  public Batch() {}

  /**
   * Begins to wait.
   *
   * @param count how many things are to happen
   */
  public void begin(int count) {
    left.set(count);
  }

  /** One thing has happened. Any thread. */
  public void arrive() {
    if (left.decrementAndGet() == 0) {
      done.release();
    }
  }

  /**
   * Waits until all have happened.
   *
   * @throws InterruptedException if the calling thread is interrupted
   */
  public void await() throws InterruptedException {
    done.acquire();
  }
}
