/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import java.util.concurrent.atomic.AtomicLong;

/** The permits of a scheduler that are in use. Any thread. */
final class Permits {
  /*
   * The word: held : 32 | used : 32
   *   used  one for each callback thread that has not ended, and one for each that is held
   *   held  without a callback thread, for a blocking call of an acquire that was given up, or for a
   *         stuck step of an acquire or release: what it returns is still to be released
   * One word, so that used = held means at one moment that no callback thread is left.
   */
  private static final long USED = 1L;
  private static final long HELD = 1L << 32;

  private final AtomicLong word = new AtomicLong();

  /** Takes one unless {@code most} are in use; so nobody is refused because of another refusal. */
  boolean tryTake(int most) {
    for (; ; ) {
      long seen = word.get();
      if (used(seen) >= most) {
        return false;
      }
      if (word.compareAndSet(seen, seen + USED)) {
        return true;
      }
    }
  }

  /** Takes one in any case. */
  void take() {
    word.addAndGet(USED);
  }

  void giveBack() {
    word.addAndGet(-USED);
  }

  void hold() {
    word.addAndGet(HELD + USED);
  }

  void letGo() {
    word.addAndGet(-(HELD + USED));
  }

  /** Callback threads that have not ended. */
  int live() {
    long now = word.get();
    return used(now) - held(now);
  }

  boolean areAllBack() {
    return word.get() == 0;
  }

  /** Whether those in use are held for calls that nobody can end. */
  boolean areOnlyHeld() {
    long now = word.get();
    return used(now) == held(now);
  }

  private static int used(long word) {
    return (int) word;
  }

  private static int held(long word) {
    return (int) (word >>> 32);
  }
}
