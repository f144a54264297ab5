/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/** The word of an {@link Inbox}: every thread that posts writes it. */
abstract class InboxTop extends PaddingBefore {
  private static final VarHandle TOP;

  static {
    try {
      TOP = MethodHandles.lookup().findVarHandle(InboxTop.class, "top", LoopTask.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  volatile @Nullable LoopTask top;

  final boolean casTop(@Nullable LoopTask expected, LoopTask next) {
    return TOP.compareAndSet(this, expected, next);
  }

  final @Nullable LoopTask exchangeTop(@Nullable LoopTask next) {
    return (LoopTask) TOP.getAndSet(this, next);
  }
}
