/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit.internal.reactor;

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
