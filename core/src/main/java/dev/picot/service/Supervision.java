/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.service;

import dev.picot.CallbackThread;
import dev.picot.LoopScheduler;
import dev.picot.Outcome;
import dev.picot.RefusedException;
import dev.picot.SchedulerClosedException;
import dev.picot.Task;
import dev.picot.TaskTimeoutException;
import dev.picot.internal.Nanos;
import dev.picot.loop.LoopGroup;
import dev.picot.service.SupervisedChild.State;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * One execution of a supervisor: what its steps remember. They take turns: look which children have
 * ended, start those that are due, wait until a child ends or the next one is due.
 */
final class Supervision {
  /** An end of a child, and when it was seen by the clock of the loops. */
  private record Seen(long at, Supervisor.Ended ended) {}

  private final Supervisor supervisor;
  private final LoopScheduler home;
  private final LoopGroup loops;
  private final List<SupervisedChild> children;
  private final WakeUp wakeUp = new WakeUp();

  /** The ends within the period that were followed by a restart. Owner: steps. */
  private final Deque<Seen> recent = new ArrayDeque<>();

  /** In a step. */
  Supervision(Supervisor supervisor) {
    this.supervisor = supervisor;
    this.home = LoopScheduler.current().orElseThrow();
    this.loops = LoopGroup.of(home);
    long now = now();
    this.children =
        supervisor.children.stream()
            .map(child -> new SupervisedChild(supervisor.name, child, home, now))
            .toList();
  }

  private long now() {
    return loops.loops().get(0).now();
  }

  Task<Void> turn() {
    wakeUp.clear();
    long now = now();
    for (SupervisedChild child : children) {
      Optional<Outcome<?>> outcome = child.outcome();
      if (outcome.isPresent()) {
        ended(child, outcome.get(), now);
      }
    }
    for (SupervisedChild child : children) {
      if (child.isDue(now)) {
        start(child, now);
      }
    }
    if (children.stream().allMatch(child -> child.state() == State.OVER)) {
      return Task.done();
    }
    return untilNextTurn(now).then(Task.defer(this::turn));
  }

  private Task<Boolean> untilNextTurn(long now) {
    Task<Boolean> woken = Task.async(wakeUp::await);
    return children.stream()
        .filter(child -> child.state() == State.DOWN)
        .map(child -> Math.max(1, child.due() - now))
        .min(Long::compare)
        .map(
            nanos ->
                woken
                    .timeout(Duration.ofNanos(nanos))
                    .onErrorResume(TaskTimeoutException.class, due -> Task.value(false)))
        .orElse(woken);
  }

  private void ended(SupervisedChild child, Outcome<?> outcome, long now) {
    long ran = child.ended(outcome, now);
    if (child.state() == State.OVER) {
      return;
    }
    if (LoopGroup.of(child.scheduler()).isClosing()) {
      child.again(now); // not counted: the refusal tells what to do
    } else {
      again(child, outcome, ran, now);
    }
  }

  private void start(SupervisedChild child, long now) {
    try {
      child.start(now, wakeUp);
    } catch (SchedulerClosedException e) {
      child.giveUp();
      if (child.scheduler() != home) {
        throw e;
      }
    } catch (RefusedException e) {
      again(child, new Outcome.Failed<>(e), 0, now);
    }
  }

  /** Plans a restart, if there may be one more. */
  private void again(SupervisedChild child, Outcome<?> outcome, long ran, long now) {
    while (!recent.isEmpty() && now - recent.peekFirst().at() >= Nanos.of(supervisor.period)) {
      recent.removeFirst();
    }
    Supervisor.Ended ended = new Supervisor.Ended(child.name(), outcome, Duration.ofNanos(ran));
    recent.addLast(new Seen(now, ended));
    if (recent.size() > supervisor.maxRestarts) {
      throw new RestartLimitException(
          supervisor.name,
          supervisor.maxRestarts,
          supervisor.period,
          recent.stream().map(Seen::ended).toList());
    }
    long times = recent.stream().filter(seen -> seen.ended().child().equals(child.name())).count();
    child.again(now + Nanos.of(supervisor.backoff.pause(times)));
    try {
      supervisor.onRestart.accept(ended);
    } catch (Throwable e) {
      loops.housekeeping().report("onRestart of supervisor '" + supervisor.name + "' failed", e);
    }
  }

  /** The release: in reverse order, each after the one before has ended or has had its time. */
  Task<Void> stop() {
    Task<Void> all = Task.done();
    for (SupervisedChild child : children) {
      all = Task.defer(() -> stop(child)).then(all);
    }
    return all;
  }

  private Task<Void> stop(SupervisedChild child) {
    CallbackThread<?> stopped = child.stop();
    if (stopped == null) {
      return Task.done();
    }
    return stopped
        .join()
        .then()
        .timeout(supervisor.stopWithin)
        .onErrorResume(
            error -> {
              if (error instanceof TaskTimeoutException && stopped.outcome().isEmpty()) {
                loops
                    .housekeeping()
                    .report(
                        "Supervisor '" + supervisor.name + "' goes on without " + stopped, error);
              }
              return Task.done();
            });
  }
}
