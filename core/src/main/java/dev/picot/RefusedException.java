/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;

/**
 * Work was refused: nothing of it was started. One {@code catch} of this type is enough to answer
 * 503.
 *
 * @since 0.1
 */
public abstract sealed class RefusedException extends RejectedExecutionException
    permits AdmissionRefusedException, ElasticPoolSaturatedException, SchedulerClosedException {
  private static final long serialVersionUID = 1L;

  /** The scheduler that refused. */
  private final String scheduler;

  /** When trying again makes sense. */
  private final Duration retryAfter;

  RefusedException(String message, String scheduler, Duration retryAfter) {
    super(message);
    this.scheduler = scheduler;
    this.retryAfter = retryAfter;
  }

  /** {@return the name of the loop scheduler that refused} */
  public final String scheduler() {
    return scheduler;
  }

  /** {@return after how long trying again makes sense; zero if it never does} */
  public final Duration retryAfter() {
    return retryAfter;
  }
}
