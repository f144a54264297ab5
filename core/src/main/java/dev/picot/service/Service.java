/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.service;

import dev.picot.CallbackThread;
import dev.picot.LoopScheduler;
import dev.picot.RefusedException;
import dev.picot.Task;
import dev.picot.service.ServiceHealth.Answer;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** One service of a router. */
final class Service {
  private final LoopScheduler scheduler;

  /** The latest callback thread that was sent to see whether the service answers. Any thread. */
  private final AtomicReference<@Nullable CallbackThread<Void>> probe = new AtomicReference<>();

  Service(LoopScheduler scheduler) {
    this.scheduler = scheduler;
  }

  LoopScheduler scheduler() {
    return scheduler;
  }

  /**
   * Sends a callback thread, unless the last one is still on its way: however often a stuck service
   * is asked, that occupies one place in it.
   *
   * @return null if the service refuses
   */
  @Nullable CallbackThread<Void> probe() {
    CallbackThread<Void> last = probe.get();
    if (last != null && last.outcome().isEmpty()) {
      return last;
    }
    try {
      CallbackThread<Void> sent = scheduler.spawn("health", Task.done());
      probe.set(sent);
      return sent;
    } catch (RefusedException e) {
      return null;
    }
  }

  ServiceHealth health(@Nullable CallbackThread<Void> probe) {
    Answer answer =
        probe == null
            ? Answer.REFUSES
            : probe.outcome().isPresent() ? Answer.ANSWERS : Answer.SILENT;
    return new ServiceHealth(scheduler.name(), answer, scheduler.stats());
  }

  String dump() {
    try {
      return scheduler.inspect().dump();
    } catch (IllegalStateException e) { // too busy to be read; the others are not
      return "scheduler '" + scheduler.name() + "': " + e.getMessage() + "\n";
    }
  }
}
