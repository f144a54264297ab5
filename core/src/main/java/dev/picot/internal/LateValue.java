/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.internal;

import org.jspecify.annotations.Nullable;

/**
 * What a wait ends with when the value itself is to be taken only in the step that it is given to.
 * A callback thread that is cancelled, times out or fails before that step has taken nothing, and
 * releases it.
 *
 * <p>It goes through the frames of a callback thread like a value, and no user code ever sees it.
 */
public abstract class LateValue {
  /** For subclasses. */
  protected LateValue() {}

  /**
   * Takes the value. Called once at most, in the slice whose next act is to give it to a step.
   *
   * @return the value
   * @throws RuntimeException if there is none any more; then the wait has failed with it
   */
  public abstract Object take();

  /** Nobody will take it. Any thread, at any time, repeatedly; calls no user code. */
  public abstract void release();

  /**
   * Takes the value if it is a late one.
   *
   * @param value any value
   * @return the value for user code
   */
  public static @Nullable Object now(@Nullable Object value) {
    return value instanceof LateValue late ? late.take() : value;
  }

  /**
   * Releases the value if it is a late one.
   *
   * @param value any value
   */
  public static void drop(@Nullable Object value) {
    if (value instanceof LateValue late) {
      late.release();
    }
  }
}
