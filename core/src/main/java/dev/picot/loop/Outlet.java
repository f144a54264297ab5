/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Hands things, one after the other, to code that may hang: on a thread of its own, and no more
 * than a few at a time wait for it. What does not fit is dropped and counted.
 *
 * <h2>Threading</h2>
 *
 * Any thread may offer and end. Offering neither waits nor takes a lock; it starts the thread if
 * there is none.
 *
 * @param <T> the type of the things
 */
public final class Outlet<T> {
  /*
   * The thread, by the flag `serving`
   *   false -> true   who offers, CAS    the winner starts the thread
   *   true -> false   the thread         its last act after end(), and if it dies
   * Nothing stays behind: who offers adds, then looks at the flag; the thread clears the flag, then
   * looks at the queue once more.
   */

  /** How many things may wait for a log or a listener. */
  public static final int CAPACITY = 256;

  private final Census.Role role;
  private final String name;
  private final int capacity;
  private final Consumer<? super T> target;
  private final LongConsumer onDropped;

  private final Queue<T> queue = new ConcurrentLinkedQueue<>();

  /** Length of {@link #queue}, or more. Any thread. */
  private final AtomicInteger waiting = new AtomicInteger();

  /** So far. Any thread. */
  private final AtomicLong dropped = new AtomicLong();

  /** How many of them were told. The thread. */
  private long told;

  /** See the table above. */
  private final AtomicBoolean serving = new AtomicBoolean();

  /** Written by the winner of {@link #serving}. */
  private volatile @Nullable Thread thread;

  /** From now on the thread ends when nothing is waiting. */
  private volatile boolean ended;

  /**
   * Makes one without a thread.
   *
   * @param role of its thread
   * @param name of its thread
   * @param capacity so many things may wait
   * @param target takes the things; what it throws goes to the uncaught exception handler
   * @param onDropped told how many were dropped since it was last told, on the same thread
   */
  public Outlet(
      Census.Role role,
      String name,
      int capacity,
      Consumer<? super T> target,
      LongConsumer onDropped) {
    this.role = role;
    this.name = name;
    this.capacity = capacity;
    this.target = target;
    this.onDropped = onDropped;
  }

  /**
   * Hands a thing over, if there is room.
   *
   * @param thing the thing
   * @return false if it was dropped
   */
  public boolean offer(T thing) {
    if (waiting.incrementAndGet() > capacity) {
      waiting.decrementAndGet();
      dropped.incrementAndGet();
      return false;
    }
    queue.add(thing);
    serve();
    return true;
  }

  /** Starts the thread before there is anything to hand over. */
  public void start() {
    serve();
  }

  /** {@return how many things were dropped so far} */
  public long dropped() {
    return dropped.get();
  }

  /** Lets the thread end once it has handed over what is waiting. Later things start another. */
  public void end() {
    ended = true;
    LockSupport.unpark(thread);
  }

  private void serve() {
    if (!serving.compareAndSet(false, true)) {
      LockSupport.unpark(thread);
      return;
    }
    try {
      Thread made = new HouseThread(role, name, this::run);
      thread = made;
      made.start();
    } catch (Throwable e) { // no memory; the next offer tries again
      serving.set(false);
    }
  }

  private void run() {
    boolean done = false;
    try {
      do {
        handOver();
        serving.set(false);
      } while (!queue.isEmpty() && serving.compareAndSet(false, true));
      done = true;
    } finally {
      if (!done) {
        serving.set(false);
      }
    }
  }

  /** Returns when it is to end and nothing is waiting. */
  private void handOver() {
    for (; ; ) {
      T thing = queue.poll();
      if (thing != null) {
        waiting.decrementAndGet();
        guarded(() -> target.accept(thing));
      } else if (dropped.get() > told) {
        long more = dropped.get() - told;
        told += more;
        guarded(() -> onDropped.accept(more));
      } else if (ended) {
        return;
      } else {
        LockSupport.park(this);
      }
      Thread.interrupted(); // else no later sleep would last
    }
  }

  private static void guarded(Runnable foreign) {
    try {
      foreign.run();
    } catch (Throwable e) {
      Thread current = Thread.currentThread();
      current.getUncaughtExceptionHandler().uncaughtException(current, e);
    }
  }
}
