/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** What holds a thread up, by its state, its stack and its processor time. */
enum Verdict {
  MONITOR("waits to enter a synchronized block"),
  PARKED("sleeps or waits"),
  NATIVE("is in a native call, probably input or output"),
  CPU("computes"),
  STARVED("gets no processor time"),
  RETURNED("has returned meanwhile");

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final long SAMPLE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final String text;

  Verdict(String text) {
    this.text = text;
  }

  String text() {
    return text;
  }

  /** Looks at a thread for 50 ms. Aux thread only. */
  static Verdict of(Thread thread, StackTraceElement[] stack) {
    Verdict verdict = atAGlance(thread, stack);
    return verdict == CPU ? computesOrStarves(thread) : verdict;
  }

  /** Does not tell {@link #STARVED} from {@link #CPU}. */
  static Verdict atAGlance(Thread thread, StackTraceElement[] stack) {
    if (stack.length == 0) {
      return RETURNED;
    }
    return switch (thread.getState()) {
      case BLOCKED -> MONITOR;
      case WAITING, TIMED_WAITING -> PARKED;
      case NEW, TERMINATED -> RETURNED;
      case RUNNABLE -> stack[0].isNativeMethod() ? NATIVE : CPU;
    };
  }

  private static Verdict computesOrStarves(Thread thread) {
    long wall = System.nanoTime();
    long used = cpuNanos(thread);
    if (used < 0) {
      return CPU;
    }
    LockSupport.parkNanos(SAMPLE_NANOS);
    used = cpuNanos(thread) - used;
    wall = System.nanoTime() - wall;
    return used * 50 < wall ? STARVED : CPU;
  }

  /** The processor time that a thread has used; negative if this is not known. */
  static long cpuNanos(Thread thread) {
    return THREADS.isThreadCpuTimeSupported() && THREADS.isThreadCpuTimeEnabled()
        ? THREADS.getThreadCpuTime(thread.getId())
        : -1;
  }
}
