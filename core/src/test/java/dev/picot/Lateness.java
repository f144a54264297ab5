/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * How late the machine wakes a thread that does nothing but wake every 10 ms, as the watchdog does.
 * The watchdog counts no tick longer than 10 ms, so on a starved machine it is late by about the
 * sum of these delays; a bound that adds them holds on any machine.
 */
final class Lateness implements AutoCloseable {
  private static final long TICK = TimeUnit.MILLISECONDS.toNanos(10);

  private final Thread thread = new Thread(this::measure, "lateness");
  private volatile boolean stopped;
  private volatile long totalNanos;

  Lateness() {
    thread.setDaemon(true);
    thread.setPriority(Thread.NORM_PRIORITY);
    thread.start();
  }

  private void measure() {
    long total = 0;
    while (!stopped) {
      long before = System.nanoTime();
      LockSupport.parkNanos(TICK);
      total += Math.max(0, System.nanoTime() - before - TICK);
      totalNanos = total;
    }
  }

  /** The sum over all ticks so far. */
  long totalMillis() {
    return TimeUnit.NANOSECONDS.toMillis(totalNanos);
  }

  @Override
  public void close() {
    stopped = true;
  }
}
