/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit.internal.netty;

import io.netty.util.concurrent.FastThreadLocalThread;

/** The event loop threads of Netty. The only class that knows Netty. */
public final class NettyThreads {
  private NettyThreads() {}

  /** {@return whether Netty is on the class path} */
  public static boolean arePossible() {
    try {
      Class.forName(
          "io.netty.util.concurrent.FastThreadLocalThread",
          false,
          NettyThreads.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  /**
   * Tells whether a thread is one of those that Netty itself declares to BlockHound.
   *
   * @param thread any thread
   * @return whether it must not block
   */
  public static boolean isNonBlocking(Thread thread) {
    return thread instanceof FastThreadLocalThread netty && !netty.permitBlockingCalls();
  }
}
