/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/** Virtual threads, for code that is compiled for 17. */
public final class VirtualThreads {
  /** The first JDK that has them for good. */
  public static final int LEAST_JDK = 21;

  private static final MethodHandle START = find();

  private VirtualThreads() {}

  /**
   * Starts one.
   *
   * @param task that it runs
   * @return the thread
   */
  public static Thread start(Runnable task) {
    try {
      return (Thread) START.invokeExact(task);
    } catch (Throwable e) {
      throw new IllegalStateException("no virtual thread", e);
    }
  }

  private static MethodHandle find() {
    try {
      return MethodHandles.lookup()
          .findStatic(
              Thread.class,
              "startVirtualThread",
              MethodType.methodType(Thread.class, Runnable.class));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("virtual threads need JDK " + LEAST_JDK, e);
    }
  }
}
