/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.service;

import dev.picot.CallbackThread;
import dev.picot.LoopScheduler;
import dev.picot.Outcome;
import dev.picot.Task;
import dev.picot.service.Supervisor.RestartPolicy;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A child of a running supervisor. */
final class SupervisedChild {
  /*
   * States
   *   DOWN     not started yet, or to be started again when it is due
   *   RUNNING  it has a callback thread whose end was not seen yet
   *   OVER     will not be started again
   * Transitions, all by steps of the supervisor
   *   DOWN     -> RUNNING  start   a callback thread was spawned; a refusal leaves it DOWN
   *   RUNNING  -> DOWN     ended   and the policy asks for a restart
   *   RUNNING  -> OVER     ended   and it does not
   *   DOWN     -> DOWN     again   due at another time
   *   DOWN     -> OVER     giveUp  its scheduler is closed
   * Any other event in any other state is an error of the supervisor.
   *
   * The stop of a supervisor whose own step is stuck runs beside that step. So stop() sets
   * `stopped` and then reads `thread`, start() sets `thread` and then reads `stopped`, both
   * volatile: at least one of them cancels.
   */
  enum State {
    DOWN,
    RUNNING,
    OVER
  }

  private final Supervisor.Child child;
  private final String fullName;
  private final LoopScheduler scheduler;

  /** Owner: steps of the supervisor. */
  private State state = State.DOWN;

  /** When it is to be started, or was. Owner: as state. */
  private long at;

  /** The latest one. Written by steps of the supervisor. */
  private volatile @Nullable CallbackThread<?> thread;

  /** Set once, by the stop of the supervisor. */
  private volatile boolean stopped;

  SupervisedChild(String supervisor, Supervisor.Child child, LoopScheduler home, long now) {
    this.child = child;
    this.fullName = supervisor + "/" + child.name();
    this.scheduler = child.scheduler() == null ? home : child.scheduler();
    this.at = now;
  }

  String name() {
    return child.name();
  }

  LoopScheduler scheduler() {
    return scheduler;
  }

  State state() {
    return state;
  }

  boolean isDue(long now) {
    return state == State.DOWN && at - now <= 0;
  }

  /** When it is to be started. */
  long due() {
    return at;
  }

  /** The outcome of the callback thread, once there is one to be seen. */
  Optional<Outcome<?>> outcome() {
    CallbackThread<?> running = thread;
    return state == State.RUNNING && running != null
        ? running.outcome().map(outcome -> outcome)
        : Optional.empty();
  }

  void start(long now, WakeUp wakeUp) {
    require(State.DOWN, "start");
    CallbackThread<?> spawned = scheduler.spawn(fullName, Task.defer(child.body()));
    thread = spawned;
    if (stopped) {
      spawned.cancel();
    }
    at = now;
    state = State.RUNNING;
    var unused = spawned.toFuture().whenComplete((value, error) -> wakeUp.happened());
  }

  /** Answers for how long it was running. */
  long ended(Outcome<?> outcome, long now) {
    require(State.RUNNING, "ended");
    boolean restarts =
        child.policy() == RestartPolicy.PERMANENT || outcome instanceof Outcome.Failed<?>;
    state = restarts ? State.DOWN : State.OVER;
    return now - at;
  }

  void again(long due) {
    require(State.DOWN, "again");
    at = due;
  }

  void giveUp() {
    require(State.DOWN, "giveUp");
    state = State.OVER;
  }

  /** Any thread: cancels it, and answers what to wait for, if anything. */
  @Nullable CallbackThread<?> stop() {
    stopped = true;
    CallbackThread<?> running = thread;
    if (running != null) {
      running.cancel();
    }
    return running;
  }

  private void require(State expected, String event) {
    if (state != expected) {
      throw new IllegalStateException(
          event
              + " of child '"
              + fullName
              + "' in state "
              + state
              + " (expected: "
              + expected
              + ")");
    }
  }
}
