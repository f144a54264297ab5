/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

/**
 * An {@link ElasticPool} does not take a call because it was closed.
 *
 * @since 0.1
 */
public final class ElasticPoolClosedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Whose pool it is. */
  private final String name;

  ElasticPoolClosedException(String name) {
    super(
        "The elastic pool of '%s' dropped a blocking call: it was closed. Make blocking calls before close(), or handle the refusal."
            .formatted(name));
    this.name = name;
  }

  /** {@return the name of the pool} */
  public String name() {
    return name;
  }
}
