/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import dev.picot.internal.Text;
import io.r2dbc.spi.R2dbcTransientResourceException;

/**
 * No connection was free, and as many callers waited for one as may.
 *
 * @since 0.1
 */
public final class AcquireRefusedException extends R2dbcTransientResourceException {
  private static final long serialVersionUID = 1L;

  /** How many waited. */
  private final int waiting;

  /** How many may. */
  private final int maxWaiting;

  AcquireRefusedException(String pool, int waiting, int maxWaiting) {
    super(
        Text.format(
            "Pool '%s' refused a caller: %d wait for a connection (limit: maxWaiting = %d). Send less, raise maxSize or maxWaiting, or handle AcquireRefusedException.",
            pool, waiting, maxWaiting));
    this.waiting = waiting;
    this.maxWaiting = maxWaiting;
  }

  /** {@return how many callers waited} */
  public int waiting() {
    return waiting;
  }

  /** {@return how many callers may wait} */
  public int maxWaiting() {
    return maxWaiting;
  }
}
