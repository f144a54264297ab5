/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.internal.Nanos;
import dev.picot.loop.Housekeeping;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;

/** How a scheduler ends. */
final class Closing {
  /*
   * States
   *   OPEN        work is admitted
   *   DRAINING    no new work; the live callback threads have time
   *   CANCELLING  they are being cancelled, again and again until none is left
   *   FORCING     those that still live are ended
   *   RETIRING    none is left; the loops end, unless a late resource has to be released first
   * Transitions (always downwards)
   *   OPEN       -> DRAINING    begin         any thread  CAS
   *   DRAINING   -> CANCELLING  grace is over aux thread  CAS
   *   CANCELLING -> FORCING     FORCE_NANOS   aux thread  CAS
   *   DRAINING, CANCELLING, FORCING -> RETIRING  the last permit came back   any thread  store
   * Who takes a permit looks at the state afterwards; who begins looks at the permits afterwards. So
   * either the work is refused or it is waited for.
   */
  private enum State {
    OPEN,
    DRAINING,
    CANCELLING,
    FORCING,
    RETIRING
  }

  private static final Duration GRACE = Duration.ofSeconds(10);
  private static final long FORCE_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long REPEAT_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(40);

  private final LoopScheduler scheduler;
  private final Housekeeping housekeeping;
  private final AtomicReference<State> state = new AtomicReference<>(State.OPEN);
  private final CompletableFuture<Void> closed = new CompletableFuture<>();

  Closing(LoopScheduler scheduler, Housekeeping housekeeping) {
    this.scheduler = scheduler;
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
    }
    drained();
    if (!closed.isDone()) {
      housekeeping.schedule(Nanos.of(grace), this::cancel);
    }
  }

  /** The last permit came back, perhaps. Any thread. */
  void drained() {
    if (hasBegun() && scheduler.isDrained()) {
      state.set(State.RETIRING);
      scheduler.group().retire();
    }
  }

  private void cancel() {
    if (state.compareAndSet(State.DRAINING, State.CANCELLING)) {
      cancelAll();
      housekeeping.schedule(FORCE_NANOS, this::force);
    }
  }

  /** Repeated, because a callback thread on its way between two places is in no list. */
  private void cancelAll() {
    if (state.get() == State.CANCELLING) {
      scheduler.toAll("cancel", (thread, loop) -> thread.requestToStop());
      housekeeping.schedule(REPEAT_NANOS, this::cancelAll);
    }
  }

  private void force() {
    if (state.compareAndSet(State.CANCELLING, State.FORCING)) {
      forceAll();
    }
  }

  private void forceAll() {
    if (state.get() == State.FORCING) {
      scheduler.toAll("force", CallbackThreadCore::force);
      housekeeping.schedule(REPEAT_NANOS, this::forceAll);
    }
  }

  void ended() {
    closed.complete(null);
  }

  void closeAndWait() {
    begin(GRACE);
    long until = System.nanoTime() + LONGEST_WAIT.toNanos();
    boolean interrupted = false;
    while (!closed.isDone() && System.nanoTime() - until < 0) {
      try {
        closed.get(until - System.nanoTime(), TimeUnit.NANOSECONDS);
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
}
