/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import dev.picot.internal.Text;

/**
 * An {@link ElasticPool} cannot run a call because it has no thread and could not start one.
 *
 * @since 0.1
 */
public final class ElasticStartFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Whose pool it is. */
  private final String name;

  ElasticStartFailedException(String name, Throwable cause) {
    super(
        Text.format(
            "The elastic pool of '%s' did not run a blocking call: it has no thread, and starting one"
                + " failed (%s). Look at the memory and thread limits of the process.",
            name, cause),
        cause);
    this.name = name;
  }

  /** {@return the name of the pool} */
  public String name() {
    return name;
  }
}
