/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import org.jspecify.annotations.Nullable;

/**
 * Takes the one result of an operation started by {@link Task#async(AsyncStart)}.
 *
 * <h2>Threading</h2>
 *
 * Every method may be called by any thread, at once and repeatedly; the first result wins.
 *
 * @param <T> the type of the result
 * @since 0.1
 */
public interface AsyncSink<T extends @Nullable Object> {
  /**
   * Completes the task with a value.
   *
   * @param value the result
   * @return false if it came too late (another result was first, or the callback thread no longer
   *     waits): the caller still owns the value and should release what it holds
   * @throws StackOverflowError at the very end of a stack; then nothing has happened
   */
  boolean success(T value);

  /**
   * Fails the task.
   *
   * @param error the reason
   * @return false if it came too late and nobody will see the error
   * @throws StackOverflowError at the very end of a stack; then nothing has happened
   */
  boolean error(Throwable error);

  /**
   * Says how to cancel the operation. The action runs as a step of the same loop when the callback
   * thread stops waiting without a result; if it has stopped waiting already, soon. A later call
   * replaces the action of an earlier one.
   *
   * @param action cancels the operation
   */
  void onCancel(Action action);
}
