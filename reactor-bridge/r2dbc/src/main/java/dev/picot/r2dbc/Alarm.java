/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import dev.picot.loop.Loop;
import dev.picot.loop.LoopTask;
import dev.picot.loop.LoopThread;
import java.time.Duration;
import reactor.core.publisher.Mono;

/**
 * An action at a time, in a slice. It is not taken back: what is not wanted any more does nothing.
 */
final class Alarm extends LoopTask {
  private final long atNanos;
  private final Runnable action;

  private Alarm(long atNanos, Runnable action) {
    this.atNanos = atNanos;
    this.action = action;
  }

  /** Sets an alarm, by the clock of a loop. Returns false if the loop has ended. */
  static boolean set(Loop loop, long atNanos, Runnable action) {
    return loop.post(new Alarm(atNanos, action));
  }

  /** Completes after a time; never if the loop ends before. */
  static Mono<Void> after(Loop loop, Duration time) {
    return Mono.create(sink -> set(loop, loop.now() + time.toNanos(), sink::success));
  }

  @Override
  protected void onInbox(Loop loop) {
    keepUntilDue(loop);
  }

  @Override
  protected void onTimer(Loop loop) {
    if (loop.turnNanos() - atNanos >= 0) {
      loop.ready(this);
    } else { // a wheel reaches only so far
      keepUntilDue(loop);
    }
  }

  private void keepUntilDue(Loop loop) {
    try {
      if (!loop.keep(this, atNanos)) {
        loop.ready(this);
      }
    } catch (OutOfMemoryError e) {
      loop.post(this); // never early, and not never
    }
  }

  @Override
  protected void runSlice(LoopThread thread) {
    try {
      action.run();
    } finally {
      thread.exitSlice();
    }
  }

  @Override
  protected String describe() {
    return "a timer of a connection pool";
  }
}
