/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.loop.LoopTask;
import dev.picot.loop.LoopThread;

/** One action in a slice of its own. If it gets stuck it is detached, never failed. */
final class ActionTask extends LoopTask {
  private final Action action;
  private final LoopScheduler scheduler;
  private final String what;

  ActionTask(Action action, LoopScheduler scheduler, String what) {
    this.action = action;
    this.scheduler = scheduler;
    this.what = what;
  }

  @Override
  protected void runSlice(LoopThread thread) {
    try {
      action.run();
    } catch (Throwable e) {
      scheduler.uncaught(what, e);
    }
    thread.exitSlice();
  }

  @Override
  protected String describe() {
    return what + " " + Labels.of(action);
  }
}
