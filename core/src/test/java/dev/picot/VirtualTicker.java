/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.loop.Ticker;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A clock for a scheduler with one loop, which jumps: when the loop has nothing to do until a
 * deadline, that deadline is now. A loop without a deadline sleeps until it is woken, so no wake-up
 * is lost; a wake-up that races with a jump finds a later time, as it may with any clock.
 */
final class VirtualTicker implements Ticker {
  private final AtomicLong nanos;

  /** While true, time stands still. */
  private volatile boolean held;

  /** The loop thread, while it waits for a deadline in held time. */
  private volatile @Nullable Thread waiter;

  private VirtualTicker(long nanos) {
    this.nanos = new AtomicLong(nanos);
  }

  /** Begins at the beginning of a tick. */
  static VirtualTicker onTick() {
    return new VirtualTicker(5 * NANOS_PER_TICK);
  }

  /** Begins within a tick, so that a wrong rounding makes somebody early. */
  static VirtualTicker betweenTicks() {
    return new VirtualTicker(5 * NANOS_PER_TICK + 345_678);
  }

  /** Work: the calling step takes so long. */
  void advance(Duration work) {
    nanos.addAndGet(work.toNanos());
  }

  /** Lets time stand still, so that what is started meanwhile starts at the same moment. */
  void hold() {
    held = true;
  }

  /** Lets time go on. */
  void release() {
    held = false;
    Thread thread = waiter;
    if (thread != null) {
      LockSupport.unpark(thread);
    }
  }

  Duration now() {
    return Duration.ofNanos(nanos());
  }

  @Override
  public long nanos() {
    return nanos.get();
  }

  @Override
  public void park(long limit) {
    if (limit == Long.MAX_VALUE) {
      LockSupport.park(this);
      return;
    }
    waiter = Thread.currentThread();
    if (held) {
      LockSupport.park(this);
    } else {
      nanos.addAndGet(limit);
    }
    waiter = null;
  }
}
