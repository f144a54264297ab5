/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import dev.picot.internal.Text;
import io.r2dbc.spi.R2dbcNonTransientResourceException;

/**
 * A connection was asked for after the factory, or its loop scheduler, had been closed, or the
 * caller was still waiting then.
 *
 * @since 0.1
 */
public final class PoolClosedException extends R2dbcNonTransientResourceException {
  private static final long serialVersionUID = 1L;

  /** The pool. */
  private final String pool;

  PoolClosedException(String pool) {
    super(
        Text.format(
            "Pool '%s' gave no connection: its factory, or the loop scheduler, was closed. Close them after what uses them.",
            pool));
    this.pool = pool;
  }

  /** {@return the name of the pool} */
  public String pool() {
    return pool;
  }
}
