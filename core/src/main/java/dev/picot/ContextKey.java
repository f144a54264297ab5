/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import java.util.Objects;

/**
 * A key of the context that a callback thread carries over hops, waits and takeovers.
 *
 * <p>Two keys are the same only if they are the same object. Set a value with {@link Task#with},
 * read it with {@link Task#context}.
 *
 * @param <V> the type of the value
 * @since 0.1
 */
public final class ContextKey<V> {
  private final String name;
  private final Class<V> type;

  private ContextKey(String name, Class<V> type) {
    this.name = name;
    this.type = type;
  }

  /**
   * Makes a new key.
   *
   * @param name for messages
   * @param type the type of the value
   * @param <V> the type of the value
   * @return the key
   */
  public static <V> ContextKey<V> of(String name, Class<V> type) {
    return new ContextKey<>(
        Objects.requireNonNull(name, "name"), Objects.requireNonNull(type, "type"));
  }

  /** {@return the name given to {@link #of}} */
  public String name() {
    return name;
  }

  V cast(Object value) {
    return type.cast(value);
  }

  @Override
  public String toString() {
    return name + ": " + type.getSimpleName();
  }
}
