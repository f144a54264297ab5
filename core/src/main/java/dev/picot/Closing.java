/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.internal.Nanos;
import dev.picot.loop.Housekeeping;
import dev.picot.loop.LoopDriver;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** How a scheduler ends. */
final class Closing {
  /*
   * States
   *   OPEN        work is admitted
   *   DRAINING    no new work; the live callback threads have time
   *   CANCELLING  they are being cancelled, again and again until none is left
   *   FORCING     those that still live are ended, again and again until none is left
   * Transitions (CAS, always downwards)
   *   OPEN       -> DRAINING    begin         any thread
   *   DRAINING   -> CANCELLING  grace is over aux thread, or who closes in virtual time
   *   CANCELLING -> FORCING     times.force   aux thread
   * Leaving OPEN resumes a suspended scheduler.
   * In each state but OPEN the loops end as soon as nothing is left that needs them: no callback
   * thread, and no blocking call or stuck step whose result is still to be released; FORCING waits
   * for such no longer. Who takes a permit looks at the state afterwards; who begins looks at the
   * permits afterwards. So either the work is refused or it is waited for.
   */
  private enum State {
    OPEN,
    DRAINING,
    CANCELLING,
    FORCING
  }

  /**
   * How long each state lasts at most.
   *
   * @param grace of close(), for DRAINING
   * @param force for CANCELLING
   * @param slack for FORCING; then close() reports and waits no longer
   */
  record Times(Duration grace, Duration force, Duration slack) {
    static final Times DEFAULT =
        new Times(Duration.ofSeconds(10), Duration.ofSeconds(10), Duration.ofSeconds(20));
  }

  private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
  private static final long LONGEST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final LoopScheduler scheduler;
  private final Times times;
  private final Housekeeping housekeeping;

  /** Between two passes over the callback threads. Who changes the state, then the aux thread. */
  private long pause = FIRST_PAUSE_NANOS;

  private final AtomicReference<State> state = new AtomicReference<>(State.OPEN);
  private final CompletableFuture<Void> closed = new CompletableFuture<>();

  Closing(LoopScheduler scheduler, Times times, Housekeeping housekeeping) {
    this.scheduler = scheduler;
    this.times = times;
    this.housekeeping = housekeeping;
  }

  boolean hasBegun() {
    return state.get() != State.OPEN;
  }

  CompletionStage<Void> closed() {
    return closed.minimalCompletionStage();
  }

  void begin(Duration grace) {
    if (state.compareAndSet(State.OPEN, State.DRAINING)) {
      scheduler.group().closing();
      scheduler.admission().refuseAll();
      scheduler.resume();
    }
    drained();
    if (!closed.isDone()) {
      schedule(Nanos.of(grace), this::cancel);
    }
  }

  boolean isForcing() {
    return state.get() == State.FORCING;
  }

  /** A permit came back, perhaps the last. Any thread. */
  void drained() {
    if (hasBegun() && scheduler.isDrained()) {
      scheduler.group().retire();
    }
  }

  private void cancel() {
    if (!closed.isDone() && state.compareAndSet(State.DRAINING, State.CANCELLING)) {
      cancelAll();
      schedule(Nanos.of(times.force), this::force);
    }
  }

  /** Repeated, because a callback thread on its way between two places is in no list. */
  private void cancelAll() {
    if (state.get() == State.CANCELLING && !closed.isDone()) {
      scheduler.toAll("cancel", (thread, loop) -> thread.cancelToClose());
      repeat(this::cancelAll);
    }
  }

  /** With growing pauses: a pass over a million callback threads takes longer than the first. */
  private void repeat(Runnable pass) {
    schedule(pause, pass);
    pause = Math.min(2 * pause, LONGEST_PAUSE_NANOS);
  }

  private void schedule(long delayNanos, Runnable action) {
    scheduler.group().schedule(delayNanos, action);
  }

  private void force() {
    if (!closed.isDone() && state.compareAndSet(State.CANCELLING, State.FORCING)) {
      forceAll();
    }
  }

  private void forceAll() {
    if (!closed.isDone()) {
      scheduler.toAll("force", CallbackThreadCore::force);
      drained();
      repeat(this::forceAll);
    }
  }

  boolean isOver() {
    return closed.isDone();
  }

  void ended() {
    closed.complete(null);
  }

  void closeAndWait(@Nullable LoopDriver driver) {
    begin(times.grace);
    if (driver != null && driver.isVirtual()) {
      cancel(); // there is no grace in virtual time, which does not pass by itself
    }
    Duration most = times.grace.plus(times.force).plus(times.slack);
    long until = System.nanoTime() + Nanos.of(most);
    boolean interrupted = false;
    while (!closed.isDone() && System.nanoTime() - until < 0) {
      try {
        long left = until - System.nanoTime();
        if (driver == null) {
          closed.get(left, TimeUnit.NANOSECONDS);
        } else {
          driveToTheEnd(driver, left);
        }
      } catch (InterruptedException e) {
        interrupted = true;
        begin(Duration.ZERO);
      } catch (TimeoutException e) {
        housekeeping.report("Scheduler '" + scheduler.name() + "' did not close in time", e);
      } catch (ExecutionException e) {
        throw new IllegalStateException("closing does not fail", e);
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void driveToTheEnd(LoopDriver driver, long limitNanos)
      throws InterruptedException, TimeoutException {
    Thread me = Thread.currentThread();
    CompletionStage<Void> unused = closed.thenRun(() -> LockSupport.unpark(me));
    housekeeping.schedule(limitNanos, () -> LockSupport.unpark(me));
    long began = System.nanoTime();
    driver.await(() -> closed.isDone() || System.nanoTime() - began >= limitNanos, Long.MAX_VALUE);
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    if (!closed.isDone()) {
      throw new TimeoutException();
    }
  }
}
