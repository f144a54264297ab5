/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import java.lang.management.LockInfo;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import org.jspecify.annotations.Nullable;

/** What holds a thread up, by its state, its stack and its processor time. */
public enum Verdict {
  /** It waits to enter a synchronized block or method. */
  MONITOR("waits to enter a synchronized block"),
  /** It sleeps, or waits for another thread. */
  PARKED("sleeps or waits"),
  /** It is in a native call that uses no processor time: a file, a socket, a name service. */
  NATIVE_IO("is in a native call, probably input or output"),
  /** It computes, or spins. */
  CPU("computes"),
  /** It could run, and the machine does not let it. */
  STARVED("gets no processor time"),
  /** It had returned before anybody looked. */
  UNKNOWN("has returned meanwhile");

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  /** Who gets less than one part in so many is starved. */
  private static final long STARVED_PARTS = 50;

  private final String text;

  Verdict(String text) {
    this.text = text;
  }

  /** {@return how a report goes on after the name of what is held up} */
  public String text() {
    return text;
  }

  /**
   * Decides.
   *
   * @param state of the thread
   * @param stack of the thread
   * @param runnableNanos how long it has been able to run
   * @param cpuNanos how long it did run, as far as is known
   */
  static Verdict of(
      Thread.State state, StackTraceElement[] stack, long runnableNanos, long cpuNanos) {
    if (stack.length == 0) {
      return UNKNOWN;
    }
    return switch (state) {
      case BLOCKED -> MONITOR;
      case WAITING, TIMED_WAITING -> PARKED;
      case NEW, TERMINATED -> UNKNOWN;
      case RUNNABLE -> Stacks.isWait(stack) ? PARKED : ofRunnable(stack, runnableNanos, cpuNanos);
    };
  }

  private static Verdict ofRunnable(StackTraceElement[] stack, long runnableNanos, long cpuNanos) {
    if (stack[0].isNativeMethod() && cpuNanos < runnableNanos / 2) {
      return NATIVE_IO;
    }
    return cpuNanos < runnableNanos / STARVED_PARTS ? STARVED : CPU;
  }

  /** Whether a thread waits for something and could not run if it were let. */
  static boolean isWaiting(Thread thread) {
    return switch (thread.getState()) {
      case BLOCKED, WAITING, TIMED_WAITING -> true;
      default -> false;
    };
  }

  /** The processor time that a thread has used; negative if this is not known. */
  static long cpuNanos(Thread thread) {
    return THREADS.isThreadCpuTimeSupported() && THREADS.isThreadCpuTimeEnabled()
        ? THREADS.getThreadCpuTime(thread.getId())
        : -1;
  }

  /** Which lock a thread waits for, and who holds it. Without its stack, so nothing is halted. */
  static Wanted wantedBy(long threadId) {
    ThreadInfo info = THREADS.getThreadInfo(threadId);
    return info == null
        ? Wanted.NOTHING
        : new Wanted(info.getLockInfo(), info.getLockOwnerId(), info.getLockOwnerName());
  }

  /**
   * A lock that a thread waits for.
   *
   * @param lock null if it waits for none
   * @param holder the id of the thread that holds it; negative if nobody is known to
   * @param holderName the name of that thread
   */
  record Wanted(@Nullable LockInfo lock, long holder, @Nullable String holderName) {
    static final Wanted NOTHING = new Wanted(null, -1, null);

    boolean isHeld() {
      return lock != null && holder >= 0;
    }
  }
}
