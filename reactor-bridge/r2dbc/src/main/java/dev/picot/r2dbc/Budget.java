/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many more connections may be opened, over all pools of a factory: so there are never more
 * than the total, also while their shares change.
 */
final class Budget {
  private final AtomicInteger left;

  /** Set by a pool that was refused; whoever gives something back tells all pools. Any thread. */
  private volatile boolean wanted;

  Budget(int total) {
    left = new AtomicInteger(total);
  }

  boolean take() {
    if (tryTake()) {
      return true;
    }
    wanted = true;
    return tryTake(); // again, as who gives back looks at `wanted` after that
  }

  private boolean tryTake() {
    for (int seen = left.get(); seen > 0; seen = left.get()) {
      if (left.compareAndSet(seen, seen - 1)) {
        return true;
      }
    }
    return false;
  }

  /** Returns whether a pool was refused and may have its turn now. */
  boolean giveBack() {
    left.incrementAndGet();
    if (wanted) {
      wanted = false;
      return true;
    }
    return false;
  }

  int left() {
    return left.get();
  }
}
