/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import org.jspecify.annotations.Nullable;

/**
 * A step from two values to one that may throw anything.
 *
 * @param <A> the type of the first value it takes
 * @param <B> the type of the second value it takes
 * @param <R> the type of the value it gives
 * @since 0.1
 */
@FunctionalInterface
public interface Step2<
    A extends @Nullable Object, B extends @Nullable Object, R extends @Nullable Object> {
  /**
   * Runs the step.
   *
   * @param first the first value
   * @param second the second value
   * @return the value for the task after it
   * @throws Exception fails the callback thread that runs the step
   */
  R apply(A first, B second) throws Exception;
}
