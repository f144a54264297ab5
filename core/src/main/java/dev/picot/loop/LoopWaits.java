/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import java.util.function.BiConsumer;

/** Where threads of loops wait, for whoever looks for blocking calls. No user code runs there. */
public final class LoopWaits {
  private LoopWaits() {}

  /**
   * Names the methods.
   *
   * @param each gets the name of the class, and that of the method
   */
  public static void forEach(BiConsumer<String, String> each) {
    // The one place where a loop waits for work.
    each.accept(LoopThread.class.getName(), "idle");
    // Where a standby waits for its loop: it owns one from just before it is woken.
    each.accept(LoopThread.class.getName(), "awaitLoop");
    // In a simulation the threads of loops wait here for their turns.
    each.accept(Simulator.class.getName(), "rest");
  }
}
