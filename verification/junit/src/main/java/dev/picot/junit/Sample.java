/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import java.lang.Thread.State;
import java.lang.management.LockInfo;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;

/**
 * What one thread did at one moment.
 *
 * @param thread the thread
 * @param state its state
 * @param stack its stack
 * @param cpuNanos the CPU time it has used; negative if this JVM cannot tell
 * @param lock what it waits for, in words; empty if nothing
 */
record Sample(Thread thread, State state, CallStack stack, long cpuNanos, String lock) {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final boolean KNOWS_CPU_TIME =
      THREADS.isThreadCpuTimeSupported() && THREADS.isThreadCpuTimeEnabled();

  /** Looks at all these threads at once. */
  static List<Sample> of(List<Thread> threads) {
    long[] ids = threads.stream().mapToLong(Thread::getId).toArray();
    List<Sample> samples = new ArrayList<>(ids.length);
    ThreadInfo[] infos = THREADS.getThreadInfo(ids, Integer.MAX_VALUE);
    for (int i = 0; i < infos.length; i++) {
      ThreadInfo info = infos[i];
      if (info != null && info.getStackTrace().length > 0) {
        samples.add(of(threads.get(i), info));
      }
    }
    return samples;
  }

  private static Sample of(Thread thread, ThreadInfo info) {
    return new Sample(
        thread,
        info.getThreadState(),
        CallStack.of(List.of(info.getStackTrace())),
        KNOWS_CPU_TIME ? THREADS.getThreadCpuTime(info.getThreadId()) : -1,
        lock(info));
  }

  private static String lock(ThreadInfo info) {
    LockInfo lock = info.getLockInfo();
    if (lock == null) {
      return "";
    }
    String holder = info.getLockOwnerName();
    return lock.getClassName() + (holder == null ? "" : ", held by thread '" + holder + "'");
  }
}
