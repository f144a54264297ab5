/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** What a callback thread has only if somebody asked for it: its observers and its id. */
final class Observers {
  /*
   * `first` is a stack of observers, or ENDED once they were told.
   *   null, an observer -> an observer  add   any thread  CAS
   *   null, an observer -> ENDED        tell  any thread  XCHG: exactly one caller tells each
   * An observer that meets ENDED tells itself. Who adds looks afterwards whether the callback thread
   * has ended, and then calls tell as well; who ends it calls tell after the state has changed. So
   * whichever comes first, each observer is told, once.
   */
  private static final Observer ENDED =
      new Observer() {
        @Override
        void ended() {}
      };

  private static final AtomicLong IDS = new AtomicLong();

  private static final VarHandle FIRST;
  private static final VarHandle ID;

  static {
    try {
      FIRST = MethodHandles.lookup().findVarHandle(Observers.class, "first", Observer.class);
      ID = MethodHandles.lookup().findVarHandle(Observers.class, "id", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private volatile @Nullable Observer first;

  /** Whether anybody ever asked for the outcome. */
  volatile boolean observed;

  /** Zero until it is asked for. */
  private volatile long id;

  long id() {
    if (id == 0) {
      ID.compareAndSet(this, 0L, IDS.incrementAndGet());
    }
    return id;
  }

  void add(Observer observer) {
    observed = true;
    for (; ; ) {
      Observer seen = first;
      if (seen == ENDED) {
        observer.ended();
        return;
      }
      observer.following = firstWaiting(seen);
      if (FIRST.compareAndSet(this, seen, observer)) {
        return;
      }
    }
  }

  /** Drops stale ones from the top, so that coming and going leaves nothing behind. */
  private static @Nullable Observer firstWaiting(@Nullable Observer top) {
    Observer at = top;
    while (at != null && at.isStale()) {
      at = at.following;
    }
    return at;
  }

  /** Tells each observer, in the order in which they were added. */
  void tell() {
    Observer newest = (Observer) FIRST.getAndSet(this, ENDED);
    Observer oldest = null;
    while (newest != null && newest != ENDED) {
      Observer older = newest.following;
      newest.following = oldest;
      oldest = newest;
      newest = older;
    }
    while (oldest != null) {
      Observer next = oldest.following;
      oldest.following = null;
      oldest.ended();
      oldest = next;
    }
  }
}
