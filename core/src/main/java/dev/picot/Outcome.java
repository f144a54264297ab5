/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How a callback thread, or a part of one, ended.
 *
 * @param <T> the type of the value
 * @since 0.1
 */
public sealed interface Outcome<T extends @Nullable Object> {
  /**
   * It completed.
   *
   * @param value the value
   * @param <T> the type of the value
   */
  record Completed<T extends @Nullable Object>(T value) implements Outcome<T> {}

  /**
   * It failed.
   *
   * @param error the reason
   * @param <T> the type of the value it would have had
   */
  record Failed<T extends @Nullable Object>(Throwable error) implements Outcome<T> {
    /**
     * Makes one.
     *
     * @param error the reason
     */
    public Failed {
      Objects.requireNonNull(error, "error");
    }
  }

  /**
   * It was cancelled.
   *
   * @param <T> the type of the value it would have had
   */
  record Cancelled<T extends @Nullable Object>() implements Outcome<T> {}

  /**
   * Applies the one function that belongs to this outcome.
   *
   * @param completed applied to the value
   * @param failed applied to the error
   * @param cancelled asked when it was cancelled
   * @param <R> the type of the result
   * @return what the function returned
   */
  default <R extends @Nullable Object> R fold(
      Function<? super T, ? extends R> completed,
      Function<? super Throwable, ? extends R> failed,
      Supplier<? extends R> cancelled) {
    Objects.requireNonNull(completed, "completed");
    Objects.requireNonNull(failed, "failed");
    Objects.requireNonNull(cancelled, "cancelled");
    if (this instanceof Completed<T> c) {
      return completed.apply(c.value());
    }
    if (this instanceof Failed<T> f) {
      return failed.apply(f.error());
    }
    return cancelled.get();
  }
}
