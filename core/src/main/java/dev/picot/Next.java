/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import org.jspecify.annotations.Nullable;

/**
 * What an iteration of {@link Task#iterate} decides: to go on, or to end with a result.
 *
 * @param <S> the type of the state
 * @param <R> the type of the result
 * @since 0.1
 */
public final class Next<S extends @Nullable Object, R extends @Nullable Object> {
  final boolean isDone;

  /** Of the next iteration, unless done. */
  final @Nullable S state;

  /** If done. */
  final @Nullable R result;

  private Next(boolean isDone, @Nullable S state, @Nullable R result) {
    this.isDone = isDone;
    this.state = state;
    this.result = result;
  }

  /**
   * Goes on.
   *
   * @param state the state of the next iteration
   * @param <S> the type of the state
   * @param <R> the type of the result
   * @return the decision
   */
  public static <S extends @Nullable Object, R extends @Nullable Object> Next<S, R> again(S state) {
    return new Next<>(false, state, null);
  }

  /**
   * Ends.
   *
   * @param result the result
   * @param <S> the type of the state
   * @param <R> the type of the result
   * @return the decision
   */
  public static <S extends @Nullable Object, R extends @Nullable Object> Next<S, R> done(R result) {
    return new Next<>(true, null, result);
  }

  /** {@return such as {@code again(3)}} */
  @Override
  public String toString() {
    return isDone ? "done(" + result + ")" : "again(" + state + ")";
  }
}
