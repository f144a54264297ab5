/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Looks into a scheduler, also while its loops are stuck.
 *
 * <p>Call it from a thread that may wait: a loop that is very busy answers only between two turns.
 *
 * @see LoopScheduler#inspect()
 * @since 0.1
 */
public final class Inspection {
  private final LoopScheduler scheduler;

  Inspection(LoopScheduler scheduler) {
    this.scheduler = scheduler;
  }

  /**
   * Lists the live callback threads.
   *
   * @return one entry for each, by id
   * @throws IllegalStateException if a busy loop does not answer within 5 seconds, or at once if
   *     the calling thread is a loop
   */
  public List<CallbackThreadInfo> callbackThreads() {
    List<CallbackThreadInfo> all = new ArrayList<>();
    scheduler.forEachTask(
        (loop, task) -> {
          if (task instanceof CallbackThread<?> thread
              && !CallbackThreadState.wasEnded(thread.wordVolatile())) {
            all.add(thread.info(loop));
          }
        });
    all.sort(Comparator.comparingLong(CallbackThreadInfo::id));
    return all;
  }

  /**
   * {@return the live callback threads and the figures of the scheduler, as text}
   *
   * @throws IllegalStateException as {@link #callbackThreads()}
   */
  public String dump() {
    return Dump.text(scheduler.name(), scheduler.stats(), callbackThreads());
  }

  /**
   * {@return the same as {@link #dump()}, as a JSON object}
   *
   * @throws IllegalStateException as {@link #callbackThreads()}
   */
  public String dumpJson() {
    return Dump.json(scheduler.name(), scheduler.stats(), callbackThreads());
  }
}
