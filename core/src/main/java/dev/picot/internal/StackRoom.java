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
  /** Compiled, 16 bytes each at least; the steps need some frames of 100 bytes. */
  private static final int LEVELS = 48;

  private StackRoom() {}

  /**
   * Claims about a kilobyte; costs about as much as a look at the clock.
   *
   * @throws StackOverflowError if it is not there
   */
  public static void claim() {
    descend(LEVELS);
  }

  private static int descend(int levels) {
    return levels == 0 ? 0 : descend(levels - 1) + 1;
  }
}
