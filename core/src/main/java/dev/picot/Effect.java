/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import org.jspecify.annotations.Nullable;

/**
 * A step that takes a value, gives none and may throw anything.
 *
 * @param <T> the type of the value
 * @since 0.1
 */
@FunctionalInterface
public interface Effect<T extends @Nullable Object> {
  /**
   * Runs the step.
   *
   * @param value the value of the task before it
   * @throws Exception fails the callback thread that runs the step
   */
  void accept(T value) throws Exception;
}
