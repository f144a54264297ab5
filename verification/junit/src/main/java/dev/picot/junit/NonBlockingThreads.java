/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import dev.picot.junit.internal.netty.NettyThreads;
import dev.picot.junit.internal.reactor.ReactorThreads;
import dev.picot.loop.LoopThread;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** The threads that must not block: Reactor's, Netty's and Picot's, as far as these are there. */
final class NonBlockingThreads {
  /** Room for threads that start while they are listed. */
  private static final int SPARE = 16;

  private static final Predicate<Thread> PREDICATE = predicate();

  private NonBlockingThreads() {}

  private static Predicate<Thread> predicate() {
    Predicate<Thread> any = LoopThread::isOwner;
    if (ReactorThreads.arePossible()) {
      any = any.or(ReactorThreads::isNonBlocking);
    }
    if (NettyThreads.arePossible()) {
      any = any.or(NettyThreads::isNonBlocking);
    }
    return any;
  }

  /** Those that live now. */
  static List<Thread> alive() {
    ThreadGroup root = Thread.currentThread().getThreadGroup();
    while (root.getParent() != null) {
      root = root.getParent();
    }
    Thread[] all;
    int count;
    do {
      all = new Thread[root.activeCount() * 2 + SPARE];
      count = root.enumerate(all);
    } while (count == all.length);
    List<Thread> nonBlocking = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      if (PREDICATE.test(all[i])) {
        nonBlocking.add(all[i]);
      }
    }
    return nonBlocking;
  }
}
