/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import org.jspecify.annotations.Nullable;

/**
 * A step from one value to the next that may throw anything.
 *
 * @param <T> the type of the value it takes
 * @param <R> the type of the value it gives
 * @since 0.1
 */
@FunctionalInterface
public interface Step<T extends @Nullable Object, R extends @Nullable Object> {
  /**
   * Runs the step.
   *
   * @param value the value of the task before it
   * @return the value for the task after it
   * @throws Exception fails the callback thread that runs the step
   */
  R apply(T value) throws Exception;
}
