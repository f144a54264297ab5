/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The end of children: cancels those that live and tells which of them to wait for. Used by one
 * slice after the other.
 */
final class Ending {
  private static final int PORTION = 64;

  private final List<CallbackThread<?>> children;

  /** How many were asked to stop. */
  private int asked;

  /** Those from here on have ended. */
  private int left;

  Ending(List<CallbackThread<?>> children) {
    this.children = children;
    this.left = children.size();
  }

  /** Returns whether there are more to cancel. */
  boolean cancelSome() {
    int most = Math.min(children.size(), asked + PORTION);
    for (; asked < most; asked++) {
      children.get(asked).cancel();
    }
    return asked < children.size();
  }

  /**
   * Returns one that has not ended, or null. The last one, because most of the others will have
   * ended when it has.
   */
  @Nullable CallbackThread<?> living() {
    while (left > 0) {
      CallbackThread<?> last = children.get(left - 1);
      if (last.isChild()) {
        return last;
      }
      left--;
    }
    return null;
  }
}
