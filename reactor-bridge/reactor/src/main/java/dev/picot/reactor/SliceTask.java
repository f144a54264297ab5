/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor;

import dev.picot.loop.LoopTask;
import dev.picot.loop.LoopThread;

/** Calls what may be user code where user code belongs: in a slice. */
final class SliceTask extends LoopTask {
  private final Runnable call;

  SliceTask(Runnable call) {
    this.call = call;
  }

  @Override
  protected void runSlice(LoopThread thread) {
    try {
      call.run();
    } finally {
      thread.exitSlice();
    }
  }
}
