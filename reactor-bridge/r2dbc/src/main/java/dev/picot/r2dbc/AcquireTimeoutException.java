/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import dev.picot.internal.Text;
import io.r2dbc.spi.R2dbcTimeoutException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * No connection came free, and none could be opened, within the time that a caller may wait.
 *
 * @since 0.1
 */
public final class AcquireTimeoutException extends R2dbcTimeoutException {
  private static final long serialVersionUID = 1L;

  /** How long it has waited. */
  private final Duration limit;

  /** The pool as it was at the end. */
  private final transient PoolStats.Pool pool;

  AcquireTimeoutException(Duration limit, PoolStats.Pool pool, @Nullable Throwable connectError) {
    super(
        Text.format(
            "Pool '%s' gave no connection within %d ms (limit: acquireTimeout): %d of at most %d connections are in use, %d are being opened, %d others wait. Give connections back sooner, raise maxSize or acquireTimeout, or handle AcquireTimeoutException.",
            pool.name(),
            limit.toMillis(),
            pool.acquired(),
            pool.maxSize(),
            pool.connecting(),
            pool.pending()),
        connectError);
    this.limit = limit;
    this.pool = pool;
  }

  /** {@return how long it was waited} */
  public Duration limit() {
    return limit;
  }

  /** {@return the figures of the pool at that moment; null after deserialization} */
  public PoolStats.@Nullable Pool pool() {
    return pool;
  }
}
