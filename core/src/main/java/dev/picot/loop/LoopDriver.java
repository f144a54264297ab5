/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import dev.picot.internal.Text;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Drives the loops of a group, which have no threads, on whichever thread calls; and makes the
 * blocking calls there, between turns.
 *
 * <h2>Threading</h2>
 *
 * One thread drives at a time. No method may be called in a slice.
 */
public final class LoopDriver {
  /*
   * `driving` is the whole state: null, or the thread that drives.
   *   null   -> thread  enter  any thread  CAS    the loops are in phase PARKED and belong to it
   *   thread -> null    leave  the driver  store  then wakes those who wait to drive
   * So what one driver did to the loops happens before what the next one does.
   *
   * Between turns no slice is on the stack. So a blocking call, which is made there, may itself wait
   * for a callback thread: it drives the loops meanwhile.
   */
  private final LoopGroup group;
  private final ElasticPool calls;
  private final Ticker ticker;
  private final AtomicReference<@Nullable Thread> driving = new AtomicReference<>();

  /** Those who want something done that another thread drives at the moment. Any thread. */
  private final Queue<Thread> waiting = new ConcurrentLinkedQueue<>();

  /** Whether the driver was interrupted. Driver only. */
  private boolean interrupted;

  /**
   * Starts the loops of a group.
   *
   * @param group its loops were not started
   * @param calls a pool that starts no threads
   * @param ticker the clock of the loops
   */
  public LoopDriver(LoopGroup group, ElasticPool calls, Ticker ticker) {
    this.group = group;
    this.calls = calls;
    this.ticker = ticker;
    group.startByHand();
  }

  /**
   * Drives until a condition holds: sleeps when nothing is to be done. Returns early if the calling
   * thread is interrupted, and leaves it so.
   *
   * @param what the caller calls this, for the message
   * @param done looked at between turns
   * @throws IllegalStateException if the loops are being driven
   */
  public void drive(String what, BooleanSupplier done) {
    enter(what);
    try {
      pump(done, Long.MAX_VALUE);
    } finally {
      leave();
    }
  }

  /**
   * Runs what is ready or due, and what becomes so by that; never sleeps.
   *
   * @param what the caller calls this, for the message
   * @throws IllegalStateException if the loops are being driven
   */
  public void runUntilIdle(String what) {
    enter(what);
    try {
      settle();
    } finally {
      leave();
    }
  }

  /**
   * Moves the clock on, from timer to timer, and runs at each what there is to run.
   *
   * @param what the caller calls this, for the message
   * @param nanos not negative
   * @throws IllegalStateException if the loops are being driven, or their clock is not virtual
   */
  public void advance(String what, long nanos) {
    if (!(ticker instanceof VirtualClock clock)) {
      throw new IllegalStateException(
          Text.format(
              "%s of manual scheduler '%s' cannot move the system's clock. Make it with Builder.manualInVirtualTime().",
              what, group.name()));
    }
    enter(what);
    try {
      settle();
      long left = nanos;
      for (long next = nanosToNextTimer(); next <= left; next = nanosToNextTimer()) {
        clock.advance(Math.max(0, next));
        left -= Math.max(0, next);
        settle();
      }
      clock.advance(left);
    } finally {
      leave();
    }
  }

  /**
   * Waits for a condition: drives the loops, or, while another thread does, waits until it has left
   * them or the calling thread is unparked. Returns early if the calling thread is interrupted, and
   * leaves it so.
   *
   * @param done looked at between turns
   * @param limitNanos how long at most; by the clock of the loops while this thread drives them
   * @return whether it holds
   */
  public boolean await(BooleanSupplier done, long limitNanos) {
    Thread me = Thread.currentThread();
    long began = System.nanoTime();
    waiting.add(me);
    try {
      while (!done.getAsBoolean()) {
        Thread before = driving.compareAndExchange(null, me);
        if (before == me) {
          boolean holds = pump(done, limitNanos);
          passInterruptOn();
          return holds;
        }
        if (before == null) {
          try {
            return pump(done, limitNanos);
          } finally {
            leave();
          }
        }
        long left = limitNanos - (System.nanoTime() - began);
        if (left <= 0 || me.isInterrupted()) {
          return false;
        }
        LockSupport.parkNanos(this, left);
      }
      return true;
    } finally {
      waiting.remove(me);
    }
  }

  /** {@return whether time moves only when nothing is left to do, or when it is told to} */
  public boolean isVirtual() {
    return ticker instanceof VirtualClock;
  }

  /** {@return whether no loop has anything to run now, and no call is queued} */
  public boolean isIdle() {
    return !calls.hasQueued() && group.all().stream().noneMatch(Loop::hasWork);
  }

  private void enter(String what) {
    Thread me = Thread.currentThread();
    Thread before = driving.compareAndExchange(null, me);
    if (before != null) {
      throw new IllegalStateException(
          Text.format(
              before == me
                  ? "%s of manual scheduler '%s' was called by thread '%s' within a blocking call that thread '%s' makes while it drives the loops. Use block(Duration), which goes on driving."
                  : "%s of manual scheduler '%s' was called by thread '%s' while thread '%s' drives its loops (expected: one at a time)",
              what,
              group.name(),
              me.getName(),
              before.getName()));
    }
  }

  private void leave() {
    passInterruptOn();
    driving.set(null);
    waiting.forEach(LockSupport::unpark);
  }

  private void passInterruptOn() {
    if (interrupted) {
      interrupted = false;
      Thread.currentThread().interrupt();
    }
  }

  /** Returns whether the condition holds. */
  private boolean pump(BooleanSupplier done, long limitNanos) {
    long began = ticker.nanos();
    while (!done.getAsBoolean()) {
      if (round()) {
        continue;
      }
      long left = limitNanos == Long.MAX_VALUE ? limitNanos : limitNanos - (ticker.nanos() - began);
      if (left <= 0 || interrupted || haveEnded()) {
        return done.getAsBoolean();
      }
      sleep(Math.min(left, nanosToNextTimer()));
    }
    return true;
  }

  private void settle() {
    while (round()) {}
  }

  /** One turn of each loop and one blocking call; false if there was nothing to do. */
  private boolean round() {
    boolean worked = false;
    for (Loop loop : group.all()) {
      LoopThread standIn = loop.owner();
      if (standIn != null && standIn.isOwning()) {
        worked |= turn(loop, standIn);
      }
    }
    interrupted |= Thread.interrupted();
    return calls.runNext() || worked;
  }

  private boolean turn(Loop loop, LoopThread standIn) {
    boolean hadWork = loop.hasWork();
    long before = loop.ownershipAcquire();
    standIn.beginTurn();
    try {
      loop.lookAtClockSoon();
      if (loop.turn(standIn) && !loop.hasWork()) {
        loop.endIfDrained(standIn);
      }
    } catch (Throwable e) {
      loop.goOnAfter(e);
    }
    boolean ranSlices = Ownership.slice(loop.ownershipAcquire()) != Ownership.slice(before);
    standIn.endTurn();
    interrupted |= standIn.takeInterrupt();
    return hadWork || ranSlices || loop.hasWork() || !standIn.isOwning(); // a timer may have posted
  }

  private void sleep(long nanos) {
    if (nanos <= 0) {
      return;
    }
    for (Loop loop : group.all()) {
      if (loop.isOpen() && !loop.tryPark()) {
        return;
      }
    }
    ticker.park(nanos);
    interrupted |= Thread.interrupted();
  }

  private long nanosToNextTimer() {
    return group.all().stream().mapToLong(Loop::nanosToNextTimer).min().orElse(Long.MAX_VALUE);
  }

  private boolean haveEnded() {
    return group.all().stream().noneMatch(Loop::isOpen);
  }
}
