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

/** What a callback thread has only if it is needed: observers, id, parent and children. */
final class Observers {
  /*
   * `first` is a stack of observers, or ENDED once they were told.
   *   null, an observer -> an observer  add   any thread  CAS
   *   null, an observer -> ENDED        tell  any thread  XCHG: exactly one caller tells each
   * `following` of an observer leads to all older ones that wait, whoever shortens it: it is only
   * ever set to one further down, and the one in between was stale, which it stays.
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
  private static final VarHandle CHILDREN;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      FIRST = lookup.findVarHandle(Observers.class, "first", Observer.class);
      ID = lookup.findVarHandle(Observers.class, "id", long.class);
      CHILDREN = lookup.findVarHandle(Observers.class, "children", Children.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private static final int SWEEP_AFTER = 32;

  private volatile @Nullable Observer first;

  /** Any thread, without order: a lost count delays a sweep. */
  private int untilSweep = SWEEP_AFTER;

  /** Whether anybody ever asked for the outcome. */
  volatile boolean observed;

  /** Zero until it is asked for. */
  private volatile long id;

  /**
   * Null if it has no parent, and once it has ended. Written before it is posted, and at its end.
   */
  private volatile @Nullable Child origin;

  /** Made by a slice for its first child, or by whoever ends the callback thread from outside. */
  private volatile @Nullable Children children;

  long id() {
    if (id == 0) {
      ID.compareAndSet(this, 0L, IDS.incrementAndGet());
    }
    return id;
  }

  /** Before it is posted. If it has siblings, its outcome is asked for. */
  void comeFrom(Child child, boolean hasSiblings) {
    origin = child;
    observed = hasSiblings;
  }

  @Nullable Child origin() {
    return origin;
  }

  /**
   * It has ended, and its permit is back. Before any observer is told: who meets a child and
   * watches it is told after it has left.
   */
  void leaveParent(CallbackThreadCore ended) {
    Child child = origin;
    if (child != null) {
      child.ended(ended);
      origin = null;
    }
  }

  Children children() {
    Children seen = children;
    if (seen != null) {
      return seen;
    }
    Children made = new Children();
    Children before = (Children) CHILDREN.compareAndExchange(this, null, made);
    return before == null ? made : before;
  }

  /** Null if it never had any. */
  @Nullable Children childrenIfAny() {
    return children;
  }

  void add(Observer observer) {
    observed = true;
    watch(observer);
  }

  /** Without asking for the outcome. */
  void watch(Observer observer) {
    for (; ; ) {
      Observer seen = first;
      if (seen == ENDED) {
        observer.ended();
        return;
      }
      observer.following = withoutStale(seen);
      if (FIRST.compareAndSet(this, seen, observer)) {
        return;
      }
    }
  }

  /**
   * Drops stale ones, so that coming and going leaves nothing behind: those at the top each time,
   * the others when as many have come as were waiting the last time.
   */
  private @Nullable Observer withoutStale(@Nullable Observer top) {
    Observer newest = firstWaiting(top);
    if (--untilSweep <= 0) {
      int waiting = 0;
      for (Observer at = newest; at != null; at = at.following) {
        at.following = firstWaiting(at.following);
        waiting++;
      }
      untilSweep = SWEEP_AFTER + waiting;
    }
    return newest;
  }

  private static @Nullable Observer firstWaiting(@Nullable Observer top) {
    Observer at = top;
    while (at != null && at.isStale()) {
      at = at.following;
    }
    return at;
  }

  /** Tells each observer, in the order in which they were added. */
  void tell() {
    Observer at = (Observer) FIRST.getAndSet(this, ENDED);
    Observer oldest = null;
    for (; at != null && at != ENDED; at = at.following) {
      at.later = oldest;
      oldest = at;
    }
    while (oldest != null) {
      Observer next = oldest.later;
      oldest.later = null;
      oldest.following = null;
      oldest.ended();
      oldest = next;
    }
  }
}
