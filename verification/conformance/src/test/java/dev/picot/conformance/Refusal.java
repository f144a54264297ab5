/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.conformance;

import java.util.concurrent.RejectedExecutionException;
import reactor.core.scheduler.Scheduler;

/** Whether a way to schedule refuses. */
final class Refusal {
  private Refusal() {}

  static String of(Entry entry, Scheduler scheduler, Scheduler.Worker worker) {
    try {
      entry.schedule(scheduler, worker, () -> {}, 1);
      return "accepted";
    } catch (RejectedExecutionException e) {
      return "refused";
    }
  }
}
