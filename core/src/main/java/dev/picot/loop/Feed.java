/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Hands items from loops to a consumer, in order, on a thread of its own: what the consumer does
 * holds nobody up. At most so many items wait; more are dropped and counted.
 *
 * @param <E> the type of the items
 */
public final class Feed<E> extends Thread {
  private static final AtomicInteger NUMBERS = new AtomicInteger();

  private final int capacity;
  private final Consumer<? super E> consumer;
  private final Housekeeping housekeeping;
  private final Queue<E> items = new ConcurrentLinkedQueue<>();

  /** How many items wait; a moment before they are added. */
  private final AtomicInteger size = new AtomicInteger();

  private final AtomicLong dropped = new AtomicLong();

  /** True while this thread sleeps or is about to; whoever adds an item then wakes it. */
  private volatile boolean sleeps;

  private volatile boolean ended;

  /**
   * Makes a feed; it delivers once it is started.
   *
   * @param capacity so many items may wait
   * @param consumer takes the items
   * @param housekeeping is told what the consumer throws
   */
  public Feed(int capacity, Consumer<? super E> consumer, Housekeeping housekeeping) {
    super(null, null, "picot-trace-" + NUMBERS.incrementAndGet(), 0, false);
    this.capacity = capacity;
    this.consumer = consumer;
    this.housekeeping = housekeeping;
    setDaemon(true);
  }

  /**
   * Adds an item, or drops it. Any thread; never waits.
   *
   * @param item for the consumer
   */
  public void offer(E item) {
    if (ended) {
      return;
    }
    if (size.getAndIncrement() >= capacity) {
      size.getAndDecrement();
      dropped.getAndIncrement();
      return;
    }
    items.add(item);
    if (sleeps) {
      LockSupport.unpark(this);
    }
  }

  /** {@return how many items were dropped because too many were waiting} */
  public long dropped() {
    return dropped.get();
  }

  /** {@return whether no further item is taken} */
  public boolean hasEnded() {
    return ended;
  }

  /** Takes no further item, delivers those that wait, and ends. */
  public void end() {
    ended = true;
    LockSupport.unpark(this);
  }

  @Override
  public void run() {
    for (; ; ) {
      boolean last = ended;
      E item = items.poll();
      if (item != null) {
        size.getAndDecrement();
        deliver(item);
      } else if (last) {
        return;
      } else {
        rest();
      }
    }
  }

  private void deliver(E item) {
    try {
      consumer.accept(item);
    } catch (Throwable e) {
      housekeeping.report("The consumer of a trace failed", e);
    }
  }

  private void rest() {
    sleeps = true;
    if (items.isEmpty() && !ended) {
      LockSupport.park(this);
    }
    sleeps = false;
  }
}
