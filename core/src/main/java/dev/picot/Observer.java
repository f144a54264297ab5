/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.loop.LoopTask;
import dev.picot.loop.LoopThread;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who is told once that a callback thread has ended. A record of its own for each, and a
 * slice of its own where user code is called, so that one who gets stuck does not keep the others
 * waiting.
 */
abstract class Observer extends LoopTask {
  /** The next older one that waits, in {@link Observers}. Written before it is added, and later. */
  @Nullable Observer following;

  /** The next younger one. Written by whoever tells them. */
  @Nullable Observer later;

  /** Called once, in phase OWNER or by the observer's own thread: no user code. */
  abstract void ended();

  /** Whether nobody waits for it any more, so that it may be dropped. */
  boolean isStale() {
    return false;
  }

  @Override
  protected void runSlice(LoopThread thread) {
    thread.exitSlice();
  }
}
