/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A clock that moves only when it is told to, or when its one thread would sleep until a time: then
 * that time is now.
 */
public final class VirtualClock implements Ticker {
  private final AtomicLong nanos = new AtomicLong();

  /** Creates a clock at the origin. */
  public VirtualClock() {}

  @Override
  public long nanos() {
    return nanos.get();
  }

  void advance(long by) {
    nanos.addAndGet(by);
  }

  @Override
  public void park(long limit) {
    if (limit == Long.MAX_VALUE) {
      LockSupport.park(this);
    } else {
      advance(limit);
    }
  }
}
