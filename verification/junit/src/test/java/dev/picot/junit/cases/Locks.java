/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit.cases;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/** A monitor that a thread has to wait for, long enough for Flight Recorder and no longer. */
public final class Locks {
  private static final long HELD = TimeUnit.MILLISECONDS.toNanos(20);

  private Locks() {}

  /** Has something run that enters a monitor, while the calling thread holds it. */
  public static void contend(Consumer<Runnable> starter) throws InterruptedException {
    Object lock = new Object();
    AtomicReference<Thread> entering = new AtomicReference<>();
    CountDownLatch entered = new CountDownLatch(1);
    synchronized (lock) {
      starter.accept(
          () -> {
            entering.set(Thread.currentThread());
            Blockers.enter(lock);
            entered.countDown();
          });
      while (entering.get() == null || entering.get().getState() != Thread.State.BLOCKED) {
        Thread.onSpinWait();
      }
      Blockers.sleep(Duration.ofNanos(HELD));
    }
    entered.await();
  }
}
