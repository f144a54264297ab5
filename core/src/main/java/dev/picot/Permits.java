/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** The permits of a scheduler: how many were taken, and how they came back. Any thread. */
final class Permits {
  /*
   * All counts only grow, but `held`. Permits are taken by whoever starts callback threads, and come
   * back on the loops; so the two sides write to different words, and neither waits for the other's
   * cache lines. In use are those taken less those that came back.
   *
   * Who reads the sum of those that came back first, and those taken afterwards, never sees fewer
   * in use than there were in between. If it sees none, there was none at the moment between.
   *
   * `held` are in use without a callback thread, for a blocking call of an acquire that was given
   * up, or for a stuck step of an acquire or release: what it returns is still to be released. It grows after `taken` and shrinks before a permit
   * comes back, so that what is in use and not held is never seen as less than it was, either.
   */

  /** How a permit came back. */
  enum Back {
    COMPLETED,
    FAILED,
    CANCELLED,
    UNUSED
  }

  private final AtomicLong taken = new PaddedLong();
  private final LongAdder completed = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final LongAdder cancelled = new LongAdder();
  private final LongAdder unused = new LongAdder();
  private final AtomicInteger held = new AtomicInteger();

  /** How many had come back when somebody looked. An older number costs another look. */
  private volatile long seenBack;

  /** Takes one unless {@code most} are in use; so nobody is refused because of another refusal. */
  boolean tryTake(int most) {
    for (; ; ) {
      long seen = taken.get();
      if (seen - seenBack >= most) {
        long back = back();
        if (seen - back >= most) {
          return false;
        }
        seenBack = back;
      }
      if (taken.compareAndSet(seen, seen + 1)) {
        return true;
      }
    }
  }

  /** Takes one in any case. */
  void take() {
    taken.incrementAndGet();
  }

  /** Takes note also before whoever had it has ended, as others see it. */
  void giveBack(Back how) {
    count(how).increment();
  }

  void hold() {
    take();
    held.incrementAndGet();
  }

  void letGo() {
    held.decrementAndGet();
    giveBack(Back.UNUSED);
  }

  /** How many came back like that. */
  long came(Back how) {
    return count(how).sum();
  }

  private LongAdder count(Back how) {
    return switch (how) {
      case COMPLETED -> completed;
      case FAILED -> failed;
      case CANCELLED -> cancelled;
      case UNUSED -> unused;
    };
  }

  private long back() {
    return completed.sum() + failed.sum() + cancelled.sum() + unused.sum();
  }

  /** Callback threads that have not ended. */
  int live() {
    long back = back();
    int without = held.get();
    return (int) (taken.get() - back) - without;
  }

  boolean areAllBack() {
    long back = back();
    return taken.get() == back;
  }

  /** Whether those in use are held for calls that nobody can end. */
  boolean areOnlyHeld() {
    return live() == 0;
  }

  /** Keeps what lies behind it off its cache lines: before it lies what the same threads read. */
  @SuppressWarnings("unused") // are only there
  private static final class PaddedLong extends AtomicLong {
    private static final long serialVersionUID = 1L;

    private long p1;
    private long p2;
    private long p3;
    private long p4;
    private long p5;
    private long p6;
    private long p7;
    private long p8;
    private long p9;
    private long p10;
    private long p11;
    private long p12;
    private long p13;
    private long p14;
    private long p15;
  }
}
