/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.internal.Text;
import java.time.Duration;
import java.util.concurrent.TimeoutException;

/**
 * A task took longer than its {@linkplain Task#timeout timeout}.
 *
 * @since 0.1
 */
public final class TaskTimeoutException extends TimeoutException {
  private static final long serialVersionUID = 1L;

  /** The limit. */
  private final Duration timeout;

  TaskTimeoutException(Duration timeout, String task) {
    super(
        Text.format(
            "%s did not finish within %d ms and was cancelled (limit: timeout(%s))",
            task, timeout.toMillis(), timeout));
    this.timeout = timeout;
  }

  /** {@return the limit that was exceeded} */
  public Duration timeout() {
    return timeout;
  }
}
