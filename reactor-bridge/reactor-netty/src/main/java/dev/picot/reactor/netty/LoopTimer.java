/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.netty;

import dev.picot.loop.ControlTask;
import dev.picot.loop.IoTask;
import dev.picot.loop.Loop;
import io.netty.util.concurrent.DefaultPromise;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.RunnableScheduledFuture;
import java.util.concurrent.TimeUnit;

/** A timer of an event loop, in the timer wheel of the loop. It fires in phase IO, never early. */
final class LoopTimer<V> extends DefaultPromise<V>
    implements ScheduledFuture<V>, RunnableScheduledFuture<V> {
  private final LoopEventLoop eventLoop;
  private final Callable<V> callable;

  /** Zero for once, positive for a fixed rate, negative for a fixed delay. */
  private final long period;

  private final Waiting waiting = new Waiting();

  /**
   * When it fires next, by the clock of the loop. Written before the task is posted. Not called
   * deadline, which is what tasks call their tick in the wheel.
   */
  private volatile long due;

  LoopTimer(LoopEventLoop eventLoop, Callable<V> callable, long delayNanos, long period) {
    super(eventLoop);
    this.eventLoop = eventLoop;
    this.callable = callable;
    this.period = period;
    this.due = after(eventLoop.loop().now(), Math.max(0, delayNanos));
  }

  private static long after(long now, long nanos) {
    long sum = now + nanos;
    return sum < 0 ? Long.MAX_VALUE : sum;
  }

  LoopTimer<V> start() {
    eventLoop.post(waiting);
    return this;
  }

  /** What the loop keeps. */
  private final class Waiting extends IoTask {
    @Override
    protected void onInbox(Loop loop) {
      keep(loop);
    }

    @Override
    protected void onTimer(Loop loop) {
      keep(loop); // a wheel reaches only so far
    }

    private void keep(Loop loop) {
      try {
        if (!isDone() && (loop.turnNanos() >= due || !loop.keep(this, due))) {
          super.onInbox(loop);
        }
      } catch (OutOfMemoryError e) {
        loop.post(this); // never early, and not never
      }
    }

    @Override
    protected void run(Loop loop) {
      LoopTimer.this.run();
    }

    @Override
    protected void onClosed() {
      cancel(false);
    }
  }

  /** In phase IO. */
  @Override
  public void run() {
    if (period == 0) {
      if (setUncancellable()) {
        try {
          setSuccess(callable.call());
        } catch (Throwable e) {
          setFailure(e);
        }
      }
    } else if (!isDone()) {
      runAgain();
    }
  }

  private void runAgain() {
    try {
      callable.call();
      long now = eventLoop.loop().now();
      due = period > 0 ? after(due, period) : after(now, -period);
      eventLoop.post(waiting);
    } catch (Throwable e) {
      tryFailure(e);
    }
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    boolean cancelled = super.cancel(mayInterruptIfRunning);
    if (cancelled) {
      eventLoop.loop().post(new ControlTask("cancel a timer", loop -> loop.forget(waiting)));
    }
    return cancelled;
  }

  @Override
  public boolean isPeriodic() {
    return period != 0;
  }

  @Override
  public long getDelay(TimeUnit unit) {
    return unit.convert(Math.max(0, due - eventLoop.loop().now()), TimeUnit.NANOSECONDS);
  }

  @Override
  public int compareTo(Delayed other) {
    return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
  }
}
