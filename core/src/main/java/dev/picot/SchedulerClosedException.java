/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.internal.Text;
import java.time.Duration;

/**
 * Work was refused, or could not be finished, because its scheduler is closed or being closed.
 *
 * @since 0.1
 */
public final class SchedulerClosedException extends RefusedException {
  private static final long serialVersionUID = 1L;

  SchedulerClosedException(String scheduler, String what) {
    super(
        Text.format(
            "Scheduler '%s' %s: it is closed or being closed. Start work before close() or shutdown(), or handle SchedulerClosedException.",
            scheduler, what),
        scheduler,
        Duration.ZERO);
  }
}
