/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import dev.picot.internal.Text;
import io.r2dbc.spi.R2dbcNonTransientException;

/**
 * A connection was used after it was closed, that is, given back to its pool: perhaps somebody else
 * has it by now.
 *
 * @since 0.1
 */
public final class ConnectionReturnedException extends R2dbcNonTransientException {
  private static final long serialVersionUID = 1L;

  /** The pool. */
  private final String pool;

  ConnectionReturnedException(String pool) {
    super(
        Text.format(
            "A connection of pool '%s' was used after its close(). Finish what uses it first: subscribe to close() last, as Mono.usingWhen does.",
            pool));
    this.pool = pool;
  }

  /** {@return the name of the pool} */
  public String pool() {
    return pool;
  }
}
