/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.internal.Provenance;
import dev.picot.loop.LoopTask;
import dev.picot.loop.LoopThread;
import org.jspecify.annotations.Nullable;

/**
 * One action of {@link LoopScheduler#executor()} in a slice of its own. If it gets stuck it is
 * detached, never failed.
 */
final class ExecutorTask extends LoopTask {
  private final Runnable action;
  private final LoopScheduler scheduler;
  private final @Nullable Object provenance = Provenance.current();

  ExecutorTask(Runnable action, LoopScheduler scheduler) {
    this.action = action;
    this.scheduler = scheduler;
  }

  @Override
  protected void runSlice(LoopThread thread) {
    try {
      action.run();
    } catch (Throwable e) {
      scheduler.uncaught(describe(), e);
    }
    thread.exitSlice();
  }

  @Override
  protected boolean isWork() {
    return true;
  }

  @Override
  protected @Nullable Object provenance() {
    return provenance;
  }

  @Override
  protected String describe() {
    return "executor task " + Labels.of(action);
  }
}
