/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import java.util.concurrent.locks.LockSupport;

/** The clock of a loop: nanoseconds since a process-wide origin, and how to sleep by it. */
public interface Ticker {
  /** The nanoseconds of one tick of the timers. */
  long NANOS_PER_TICK = 1_000_000;

  /** {@return nanoseconds since the origin; never goes back} */
  long nanos();

  /**
   * Sleeps until somebody unparks the calling thread, the time has come, or for no reason.
   *
   * @param nanos how long at most, above zero; {@link Long#MAX_VALUE} is without limit
   */
  void park(long nanos);

  /** {@return the tick in which an instant lies} */
  static int tickOf(long nanos) {
    return (int) (nanos / NANOS_PER_TICK);
  }

  /** {@return the first tick that begins at or after an instant} */
  static int tickAfter(long nanos) {
    return (int) ((nanos + NANOS_PER_TICK - 1) / NANOS_PER_TICK);
  }

  /** {@return the system's clock} */
  static Ticker system() {
    return SystemTicker.INSTANCE;
  }

  /** {@code System.nanoTime()} from the first use on; stands still while the host is suspended. */
  final class SystemTicker implements Ticker {
    private static final SystemTicker INSTANCE = new SystemTicker();
    private static final long ORIGIN = System.nanoTime();

    private SystemTicker() {}

    @Override
    public long nanos() {
      return System.nanoTime() - ORIGIN;
    }

    @Override
    public void park(long nanos) {
      if (nanos == Long.MAX_VALUE) {
        LockSupport.park(this);
      } else {
        LockSupport.parkNanos(this, nanos);
      }
    }
  }
}
