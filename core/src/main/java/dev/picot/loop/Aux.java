/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The one thread of the process for what a loop must not do: take stacks, start threads, wait for a
 * time. It runs no code of others: loggers and listeners have threads of their own (see {@link
 * Outlet}). Actions run one after the other in the order in which they were given.
 */
final class Aux extends Keeper {
  private record Timed(long at, long number, Runnable action) implements Comparable<Timed> {
    @Override
    public int compareTo(Timed other) {
      int order = Long.compare(at - other.at, 0);
      return order != 0 ? order : Long.compare(number, other.number);
    }
  }

  /** What is due so soon after the end still gets its time. */
  private static final long GRACE_NANOS = TimeUnit.MILLISECONDS.toNanos(150);

  private final Consumer<Throwable> onError;

  private final Queue<Runnable> actions = new ConcurrentLinkedQueue<>();

  /** Actions that are not due yet. This thread only. */
  private final PriorityQueue<Timed> timed = new PriorityQueue<>();

  /** Makes equal times first come, first served. This thread only. */
  private long numbers;

  /** True while this thread sleeps or is about to; whoever adds an action then wakes it. */
  private volatile boolean sleeps;

  private volatile boolean stopped;

  /** What is due later than this runs at once. Valid once stopped. */
  private long patientUntil;

  /**
   * Makes one.
   *
   * @param onError told what an action has thrown
   */
  Aux(Consumer<Throwable> onError) {
    super(Census.Role.AUX, "picot-aux");
    this.onError = onError;
  }

  /** Any thread; never waits. */
  void execute(Runnable action) {
    actions.add(action);
    if (sleeps) {
      LockSupport.unpark(thread());
    }
  }

  /** Any thread; never waits. */
  void schedule(long delayNanos, Runnable action) {
    long at = System.nanoTime() + delayNanos;
    execute(() -> timed.add(new Timed(at, numbers++, action)));
  }

  /**
   * Runs what was given so far and ends. What is due soon is waited for; what is due much later
   * runs at once.
   */
  void end() {
    patientUntil = System.nanoTime() + GRACE_NANOS;
    stopped = true;
    LockSupport.unpark(thread());
  }

  @Override
  public void run() {
    while (!isToDie()) {
      Runnable action = next();
      if (action != null) {
        try {
          action.run();
        } catch (Throwable e) {
          onError.accept(e);
        }
      } else if (stopped && timed.isEmpty()) {
        return;
      } else {
        rest();
      }
    }
  }

  private @Nullable Runnable next() {
    Timed first = timed.peek();
    if (first != null) {
      boolean due = first.at - System.nanoTime() <= 0;
      if (due || (stopped && actions.isEmpty() && first.at - patientUntil > 0)) {
        timed.remove();
        return first.action;
      }
    }
    return actions.poll();
  }

  private void rest() {
    sleeps = true;
    Timed first = timed.peek();
    if (actions.isEmpty() && !(stopped && first == null)) {
      if (first == null) {
        LockSupport.park(this);
      } else {
        LockSupport.parkNanos(this, Math.max(1, first.at - System.nanoTime()));
      }
    }
    sleeps = false;
    Thread.interrupted(); // else no later sleep would last
  }
}
