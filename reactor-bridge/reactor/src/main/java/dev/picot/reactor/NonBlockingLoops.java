/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor;

import dev.picot.loop.LoopThread;
import reactor.core.scheduler.Schedulers;

/**
 * Tells Reactor which threads must not block: those that own a loop now. A thread whose loop was
 * taken over may block again, which is why loop threads do not bear Reactor's marker interface.
 */
final class NonBlockingLoops {
  /** A thread that never runs, by which to see whether the predicate is registered. */
  private static final Thread PROBE = new Thread("picot-predicate-probe");

  private NonBlockingLoops() {}

  /** Registers the predicate, if nobody has or if somebody reset the predicates since. */
  static void register() {
    if (!Schedulers.isNonBlockingThread(PROBE)) {
      Schedulers.registerNonBlockingThreadPredicate(
          thread -> thread == PROBE || LoopThread.isOwner(thread));
    }
  }
}
