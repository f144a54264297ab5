/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor;

import dev.picot.loop.Loop;
import org.jspecify.annotations.Nullable;

/** A task that waits in a timer wheel before each run. */
final class TimedTask extends UserTask {
  /** For {@code periodNanos}: runs once. */
  static final long ONCE = -1;

  private final Loop home;
  private final long periodNanos;

  /** By the clock of the loop. Owner: whoever owns the state. */
  private long dueNanos;

  TimedTask(
      Runnable action,
      SchedulerView view,
      @Nullable LoopWorker worker,
      Loop home,
      long dueNanos,
      long periodNanos) {
    super(action, view, worker);
    this.home = home;
    this.dueNanos = dueNanos;
    this.periodNanos = periodNanos;
  }

  boolean isPeriodic() {
    return periodNanos != ONCE;
  }

  @Override
  protected void onInbox(Loop loop) {
    if (view.isDropping()) {
      dispose();
    }
    if (stateVolatile() == DISPOSED) {
      loop.forget(this);
    } else if (casState(WAITING, TIMED)) {
      keep(loop);
    }
  }

  @Override
  protected void onTimer(Loop loop) {
    keep(loop); // a wheel reaches only so far: it may be too early
  }

  private void keep(Loop loop) {
    boolean isDue;
    try {
      isDue = loop.turnNanos() - dueNanos >= 0 || !loop.keep(this, dueNanos);
    } catch (OutOfMemoryError e) {
      if (casState(TIMED, WAITING)) { // else whoever has disposed it posts it
        loop.post(this); // never early, and not never
      }
      return;
    }
    if (isDue) {
      due(loop);
    }
  }

  private void due(Loop loop) {
    if (!casState(TIMED, WAITING)) {
      return; // disposed, and posted by whoever did so
    }
    if (worker == null) {
      loop.ready(this);
    } else if (!worker.enqueue(this)) {
      dispose();
    }
  }

  /** At a fixed rate: the next time follows from the last one, not from when it ran. */
  @Override
  void afterRun() {
    dueNanos = SchedulerView.plus(dueNanos, periodNanos);
    if (!isPeriodic()) {
      super.afterRun();
    } else if (!casState(RUNNING, WAITING)) {
      ended();
    } else if (!home.post(this)) {
      dispose();
    }
  }

  @Override
  void ended() {
    view.forget(this);
    if (worker != null) {
      worker.forget(this);
    }
    super.ended();
  }
}
