/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import org.jspecify.annotations.Nullable;

/**
 * Starts an operation that reports its result through a callback.
 *
 * @param <T> the type of the result
 * @see Task#async(AsyncStart)
 * @since 0.1
 */
@FunctionalInterface
public interface AsyncStart<T extends @Nullable Object> {
  /**
   * Starts the operation. Called once per execution of the task, as a step on the loop.
   *
   * @param sink takes the result
   * @throws Exception fails the task, unless the sink had its result before
   */
  void start(AsyncSink<T> sink) throws Exception;
}
