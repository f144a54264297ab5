/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.internal.StackRoom;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The permits of a scheduler, and the callback threads that wait for one: first come, first served.
 */
final class Admission {
  /*
   * Who waits is a callback thread in state WAITING with an AdmissionWait in its slot, in the timer
   * wheel of its loop, and in `queue`. It stops waiting by one wake(), which decides between
   *   letIn    with a permit, by whoever gave one back or spawns      any thread; posts it
   *   cancel   as any wait                                            any thread; posts it
   *   timer    its deadline                                           loop owner; makes it ready
   *   refuse   the scheduler is being closed                          any thread; posts it
   * However it stops, it has a permit before it runs, if need be above the limit (leave), and gives
   * it back when it ends. So each permit comes back exactly once, by the same way as all others.
   *
   * `waiting` counts it from before it can be seen until it has its permit; so the scheduler, which
   * looks at `waiting` first and then at the permits, is not drained in between.
   *
   * No permit stays unused while somebody waits: who gives one back looks at the queue afterwards,
   * who joins the queue looks at the permits afterwards.
   */
  private final int most;
  private final Permits permits;

  /** Those that wait, the first one first, and some that have just stopped. Guarded by itself. */
  private final Set<CallbackThreadCore> queue = new LinkedHashSet<>();

  /** The size of {@link #queue}. Written under its lock. */
  private volatile int queued;

  private final AtomicInteger waiting = new AtomicInteger();

  Admission(int most, Permits permits) {
    this.most = most;
    this.permits = permits;
  }

  /** Takes a permit, unless there is none or somebody waits for it already. */
  boolean tryTakeInTurn() {
    return queued == 0 && permits.tryTake(most);
  }

  /**
   * Makes room for one more to wait; false if as many wait as may be live.
   *
   * @throws StackOverflowError if there is no room on the stack for what belongs to it
   */
  boolean reserve() {
    StackRoom.claim();
    for (int seen = waiting.get(); seen < most; seen = waiting.get()) {
      if (waiting.compareAndSet(seen, seen + 1)) {
        return true;
      }
    }
    return false;
  }

  /** It does not wait after all. */
  void giveUpReserved() {
    waiting.decrementAndGet();
  }

  /** It waits from now on, in room that was reserved. */
  void join(CallbackThreadCore thread) {
    synchronized (queue) {
      queue.add(thread);
      queued = queue.size();
    }
    next();
  }

  /** A permit may be free. */
  void next() {
    if (queued > 0) {
      StackRoom.claim();
    }
    while (queued > 0 && permits.tryTake(most)) {
      CallbackThreadCore thread = poll();
      if (thread != null && thread.letIn()) {
        waiting.decrementAndGet();
      } else {
        permits.giveBack(Permits.Back.UNUSED);
      }
    }
  }

  /** Loop owner: it does not wait any more, for another reason than a permit. */
  void leave(CallbackThreadCore thread) {
    synchronized (queue) {
      queue.remove(thread);
      queued = queue.size();
    }
    permits.take();
    waiting.decrementAndGet();
  }

  /** The scheduler is being closed. */
  void refuseAll() {
    for (CallbackThreadCore thread = poll(); thread != null; thread = poll()) {
      thread.refuse();
    }
  }

  private @Nullable CallbackThreadCore poll() {
    synchronized (queue) {
      Iterator<CallbackThreadCore> all = queue.iterator();
      if (!all.hasNext()) {
        return null;
      }
      CallbackThreadCore first = all.next();
      all.remove();
      queued = queue.size();
      return first;
    }
  }

  /** How many wait. */
  int waiting() {
    return waiting.get();
  }
}
