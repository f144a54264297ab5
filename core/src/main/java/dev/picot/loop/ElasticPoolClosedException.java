/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import dev.picot.internal.Text;

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
        Text.format(
            "The elastic pool of '%s' did not run a blocking call: the pool was closed."
                + " Make blocking calls before close(), or handle SchedulerClosedException.",
            name));
    this.name = name;
  }

  /** {@return the name of the pool} */
  public String name() {
    return name;
  }
}
