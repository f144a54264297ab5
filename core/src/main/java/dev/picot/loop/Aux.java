/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The one thread of the process for what a loop must not do: log, take stacks, start threads.
 * Actions run one after the other in the order in which they were given.
 */
final class Aux extends Thread {
  private record Timed(long at, long number, Runnable action) implements Comparable<Timed> {
    @Override
    public int compareTo(Timed other) {
      int order = Long.compare(at - other.at, 0);
      return order != 0 ? order : Long.compare(number, other.number);
    }
  }

  private final Queue<Runnable> actions = new ConcurrentLinkedQueue<>();

  /** Actions that are not due yet. This thread only. */
  private final PriorityQueue<Timed> timed = new PriorityQueue<>();

  /** Makes equal times first come, first served. This thread only. */
  private long numbers;

  /** True while this thread sleeps or is about to; whoever adds an action then wakes it. */
  private volatile boolean sleeps;

  private volatile boolean stopped;

  Aux() {
    super(null, null, "picot-aux", 0, false);
    setDaemon(true);
    setContextClassLoader(Aux.class.getClassLoader());
  }

  /** Any thread; never waits. */
  void execute(Runnable action) {
    actions.add(action);
    if (sleeps) {
      LockSupport.unpark(this);
    }
  }

  /** Any thread; never waits. */
  void schedule(long delayNanos, Runnable action) {
    long at = System.nanoTime() + delayNanos;
    execute(() -> timed.add(new Timed(at, numbers++, action)));
  }

  /** Runs what was given so far, also what is not due yet, and ends. */
  void end() {
    stopped = true;
    LockSupport.unpark(this);
  }

  @Override
  public void run() {
    for (; ; ) {
      Runnable action = next();
      if (action != null) {
        try {
          action.run();
        } catch (Throwable e) {
          Housekeeping.LOG.log(System.Logger.Level.ERROR, "An action of the aux thread failed", e);
        }
      } else if (stopped) {
        return;
      } else {
        rest();
      }
    }
  }

  private @Nullable Runnable next() {
    Timed first = timed.peek();
    if (first != null && (stopped || first.at - System.nanoTime() <= 0)) {
      timed.remove();
      return first.action;
    }
    return actions.poll();
  }

  private void rest() {
    sleeps = true;
    if (actions.isEmpty() && !stopped) {
      Timed first = timed.peek();
      if (first == null) {
        LockSupport.park(this);
      } else {
        LockSupport.parkNanos(this, Math.max(1, first.at - System.nanoTime()));
      }
    }
    sleeps = false;
  }
}
