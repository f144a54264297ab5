/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a user's function is called in messages: the class that it belongs to. */
final class Labels {
  /** Deeper tasks are not looked into. */
  private static final int DEEPEST = 64;

  private Labels() {}

  static String of(Object function) {
    String name = function.getClass().getName();
    int lambda = name.indexOf("$$Lambda");
    return lambda < 0 ? name : name.substring(0, lambda);
  }

  /** What a callback thread with this slot and stack would call next; empty if nothing is known. */
  static String ofNext(@Nullable Object slot, @Nullable Frame stack) {
    Object at = slot;
    for (int i = 0; i < DEEPEST && at instanceof Task<?> task; i++) {
      Object function = function(task);
      if (function != null) {
        return of(function);
      }
      at = task.a;
    }
    Frame frame = stack;
    for (int i = 0; i < DEEPEST && frame != null; i++) {
      Object function = function(frame);
      if (function != null) {
        return of(function);
      }
      frame = frame.next;
    }
    return "";
  }

  /** What the evaluation of a task itself calls; null if that is no function of the user. */
  static @Nullable Object function(Task<?> task) {
    return switch (task.tag) {
      case Tag.CALL, Tag.RUN, Tag.DEFER, Tag.ASYNC, Tag.BLOCKING_RUN -> task.a;
      case Tag.BLOCKING -> task.b == null ? task.a : task.b;
      default -> null;
    };
  }

  /** What the frame calls with a completion; null if that is no function of the user. */
  static @Nullable Object function(Frame frame) {
    return switch (frame.tag) {
      case Tag.MAP,
          Tag.FLAT_MAP,
          Tag.MAP_BLOCKING,
          Tag.DO_ON_SUCCESS,
          Tag.ON_ERROR_MAP,
          Tag.DO_FINALLY ->
          frame.operand;
      case Tag.ON_ERROR_RESUME -> ((Task.Resume) Objects.requireNonNull(frame.operand)).step();
      case Tag.USING -> usedBy((Frame.Using) frame);
      default -> null;
    };
  }

  private static Object usedBy(Frame.Using frame) {
    return frame.isAcquiring() ? frame.use().use() : frame.use().release();
  }
}
