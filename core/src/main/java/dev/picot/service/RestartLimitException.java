/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.service;

import dev.picot.Outcome;
import dev.picot.internal.Text;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The children of a {@link Supervisor} ended more often than they may be restarted; the supervisor
 * has cancelled those that were left and failed. The cause is the last error among the ends, if
 * there is one.
 *
 * @since 0.1
 */
public final class RestartLimitException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The supervisor. */
  private final String supervisor;

  /** How many restarts are allowed. */
  private final int maxRestarts;

  /** Within which time. */
  private final Duration period;

  /** What happened, the oldest first. Immutable. */
  private final transient List<Supervisor.Ended> history;

  RestartLimitException(
      String supervisor, int maxRestarts, Duration period, List<Supervisor.Ended> history) {
    super(
        Text.format(
            "Supervisor '%s' gave up: %d ends of children within %s, the last one of '%s' (limit: maxRestarts(%d, %s)). Look at history(), or restart it from a supervisor around it.",
            supervisor,
            history.size(),
            period,
            history.get(history.size() - 1).child(),
            maxRestarts,
            period),
        lastError(history));
    this.supervisor = supervisor;
    this.maxRestarts = maxRestarts;
    this.period = period;
    this.history = List.copyOf(history);
  }

  private static @Nullable Throwable lastError(List<Supervisor.Ended> history) {
    Throwable last = null;
    for (Supervisor.Ended ended : history) {
      if (ended.outcome() instanceof Outcome.Failed<?> failed) {
        last = failed.error();
      }
    }
    return last;
  }

  /** {@return the name of the supervisor} */
  public String supervisor() {
    return supervisor;
  }

  /** {@return how many restarts are allowed within {@link #period}} */
  public int maxRestarts() {
    return maxRestarts;
  }

  /** {@return the time in which restarts are counted} */
  public Duration period() {
    return period;
  }

  /**
   * {@return the ends of children within the period, the oldest first; the last one was too many.
   * Empty after deserialization}
   */
  public List<Supervisor.Ended> history() {
    return history == null ? List.of() : history;
  }
}
