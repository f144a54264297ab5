/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit.internal.reactor;

import java.util.function.UnaryOperator;
import reactor.core.scheduler.Schedulers;

/** The threads that Reactor calls non-blocking. The only class that knows Reactor. */
public final class ReactorThreads {
  private ReactorThreads() {}

  /** {@return whether Reactor is on the class path} */
  public static boolean arePossible() {
    try {
      Class.forName(
          "reactor.core.scheduler.Schedulers", false, ReactorThreads.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  /**
   * Has each task that is scheduled with one of Reactor's schedulers, or ours, changed.
   *
   * @param change gives what runs in its place, on the thread that schedules it
   */
  public static void onSchedule(UnaryOperator<Runnable> change) {
    Schedulers.onScheduleHook("picot-junit", change);
  }

  /**
   * Tells whether a thread bears Reactor's mark or is accepted by a predicate that somebody
   * registered with Reactor.
   *
   * @param thread any thread
   * @return whether it must not block
   */
  public static boolean isNonBlocking(Thread thread) {
    return Schedulers.isNonBlockingThread(thread);
  }
}
