/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.internal;

/**
 * Room on the stack for steps that belong together.
 *
 * <p>At the end of a stack any call may throw, also between two steps of which the second must
 * follow the first; and a handler can do little there, for whatever it calls may throw as well, and
 * the compiler may have left it out because it was never needed. So the room is claimed before the
 * first step. A call claims it by recursion: nothing else makes the virtual machine look further.
 */
public final class StackRoom {
  /**
   * The steps need up to 1.1 kilobytes while they are interpreted, and that is when this may have
   * been compiled for long; then a level has 82 bytes with what it keeps over the call.
   */
  private static final int LEVELS = 24;

  private StackRoom() {}

  /**
   * Claims two kilobytes; costs about as much as two looks at the clock.
   *
   * @throws StackOverflowError if it is not there
   */
  public static void claim() {
    descend(LEVELS, 1, 2, 3, 4, 5, 6, 7, 8);
  }

  /** What it computes only keeps the compiler from making it smaller. */
  private static long descend(
      int levels, long a, long b, long c, long d, long e, long f, long g, long h) {
    return levels == 0
        ? a
        : descend(levels - 1, b, c, d, e, f, g, h, a + 1) + (a ^ b) + (c ^ d) + (e ^ f) + (g ^ h);
  }
}
