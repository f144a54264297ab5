/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * How late the machine serves a thread that rests for 10 ms, as the watchdog does, and then works
 * for 1 ms of processor time, as a loop does.
 *
 * <p>A takeover is a chain of such rests and some such work, so on a starved machine it is late by
 * about the sum of these delays; the delays of two threads differ, so three times the sum is
 * allowed. On a machine that is not starved that is a few milliseconds.
 */
final class Lateness implements AutoCloseable {
  private static final long REST = TimeUnit.MILLISECONDS.toNanos(10);
  private static final long WORK = TimeUnit.MILLISECONDS.toNanos(1);
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final Thread thread = new Thread(this::measure, "lateness");
  private volatile boolean stopped;
  private volatile long totalNanos;

  Lateness() {
    thread.setDaemon(true);
    thread.start();
  }

  private void measure() {
    long total = 0;
    while (!stopped) {
      long before = System.nanoTime();
      long used = THREADS.getCurrentThreadCpuTime();
      LockSupport.parkNanos(REST);
      long spent = 0;
      while (spent < WORK) {
        spent = THREADS.getCurrentThreadCpuTime() - used;
      }
      total += Math.max(0, System.nanoTime() - before - REST - spent);
      totalNanos = total;
    }
  }

  /** What is allowed for all rounds so far. */
  long allowedMillis() {
    return TimeUnit.NANOSECONDS.toMillis(3 * totalNanos);
  }

  @Override
  public void close() {
    stopped = true;
  }
}
