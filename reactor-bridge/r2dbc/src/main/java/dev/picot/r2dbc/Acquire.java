/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import dev.picot.loop.Loop;
import dev.picot.loop.LoopTask;
import dev.picot.loop.LoopThread;
import io.r2dbc.spi.Connection;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;

/**
 * One caller that wants a connection: its subscription, its place in the queue of a pool, and the
 * slice that gives it what it has got.
 */
final class Acquire extends LoopTask implements Subscription {
  /*
   * States
   *   NEW        nothing was requested                              nobody has it
   *   WAITING    wants a connection                                 a pool has it, or moves it
   *   CLAIMED    has one, which is looked at or is on its way home  whoever hands it over
   *   OVER       was told, or does not want to hear of it
   * Transitions
   *   NEW -> WAITING       request   downstream         once
   *   WAITING -> CLAIMED   claim     its pool           the pool keeps the slot if it fails
   *   CLAIMED -> WAITING   unclaim   who hands it over  the slot was no good; to the front
   *   CLAIMED -> OVER      deliver   its slice          the slot goes back if it fails
   *   WAITING -> OVER      fail      its pool           tells the error
   *   any -> OVER          cancel    any thread         its pool forgets it if it was WAITING
   */
  enum State {
    NEW,
    WAITING,
    CLAIMED,
    OVER
  }

  private final CoreSubscriber<? super Connection> actual;
  private final Pools pools;
  private final @Nullable Loop home;

  /** What subscribes, until this is told: it may be the one before it, and keep all before that. */
  private @Nullable LoopTask subscribing;

  private final AtomicReference<State> state = new AtomicReference<>(State.NEW);

  /** The thread that requests, while it does. Only that thread finds itself here. */
  private @Nullable Thread requesting;

  /** How many connections were no good. Who hands over. */
  int bad;

  /** What was claimed, or why nothing can be. Written before the post. */
  private @Nullable Slot slot;

  private @Nullable Throwable error;

  /** Who has it, or should. Written before it is handed there; read by who cancels. */
  volatile @Nullable Pool pool;

  // In the queue of its pool, which owns these.

  @Nullable Acquire before;
  @Nullable Acquire after;
  boolean isQueued;

  /** By the clock of the loops. Written once, when it begins to wait. */
  long waitsUntil;

  Acquire(CoreSubscriber<? super Connection> actual, Pools pools, @Nullable Pool preferred) {
    this.actual = actual;
    this.pools = pools;
    this.pool = preferred;
    this.home = LoopThread.home();
    this.subscribing = home == null ? null : LoopThread.currentTask();
  }

  /** The loop to come home to; null if the caller has none. */
  @Nullable Loop home() {
    return home;
  }

  @Override
  public void request(long n) {
    if (Operators.validate(n) && state.compareAndSet(State.NEW, State.WAITING)) {
      requesting = Thread.currentThread();
      try {
        pools.begin(this);
      } finally {
        requesting = null;
      }
    }
  }

  @Override
  public void cancel() {
    State was = state.getAndSet(State.OVER);
    Pool waits = pool;
    if (was == State.WAITING && waits != null) {
      waits.forget(this);
    }
  }

  boolean isWaiting() {
    return state.get() == State.WAITING;
  }

  boolean claim() {
    return state.compareAndSet(State.WAITING, State.CLAIMED);
  }

  boolean unclaim() {
    return state.compareAndSet(State.CLAIMED, State.WAITING);
  }

  /** Hands over what was claimed. Outside of pools. */
  void give(Slot claimed) {
    slot = claimed;
    tell();
  }

  /** Outside of pools, by who has {@linkplain #claim claimed} it without a slot. */
  void fail(Throwable reason) {
    error = reason;
    tell();
  }

  /**
   * At once to who asks at this moment, else in a slice: of the caller's loop, or, as the giving
   * thread is busy with something else, of the pool's.
   */
  private void tell() {
    boolean isAsking =
        home == null ? requesting == Thread.currentThread() : LoopThread.isInSliceOf(subscribing);
    Loop to = home == null ? pools.anyLoop() : home;
    if (isAsking || !to.post(this)) {
      deliver();
    }
  }

  @Override
  protected void runSlice(LoopThread thread) {
    try {
      deliver();
    } finally {
      thread.exitSlice();
    }
  }

  private void deliver() {
    Slot given = slot;
    Throwable reason = error;
    subscribing = null;
    boolean isWanted = state.compareAndSet(State.CLAIMED, State.OVER);
    if (given == null) {
      if (isWanted && reason != null) {
        actual.onError(reason);
      } else if (reason != null) {
        Operators.onErrorDropped(reason, actual.currentContext());
      }
    } else if (isWanted) {
      lend(given);
    } else {
      given.pool.takeBack(given);
    }
  }

  private void lend(Slot given) {
    Lease lease;
    try {
      lease = new Lease(given);
    } catch (Throwable e) { // of the driver
      given.doomed = true;
      given.pool.takeBack(given);
      actual.onError(e);
      return;
    }
    actual.onNext(lease);
    actual.onComplete();
  }

  @Override
  protected String describe() {
    return "a caller that was given a connection";
  }
}
