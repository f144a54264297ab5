/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import reactor.core.Exceptions;
import reactor.core.scheduler.Scheduler;

/** One rule tried on one scheduler. */
final class Trial implements AutoCloseable {
  /** The answer of a scheduler that refuses because it does not know delays or periods. */
  static final String NOT_TIME_CAPABLE = "not time capable";

  private final Subject subject;
  private final String rule;
  private final Deque<Runnable> afterwards = new ArrayDeque<>();
  private final Scheduler scheduler;

  private boolean asked;

  Trial(Subject subject, String rule) {
    this.subject = subject;
    this.rule = rule;
    this.scheduler = subject.make(afterwards::push);
  }

  Scheduler scheduler() {
    return scheduler;
  }

  Subject subject() {
    return subject;
  }

  /** A Worker that is disposed at the end. */
  Scheduler.Worker worker() {
    Scheduler.Worker worker = scheduler.createWorker();
    afterwards(worker::dispose);
    return worker;
  }

  /** A gate that is opened at the end, whatever happens. */
  Gate gate() {
    Gate gate = new Gate();
    afterwards(gate::open);
    return gate;
  }

  /**
   * A gate at which all threads of the scheduler stand, so that nothing runs, however long ago its
   * time has come, until it is opened. Whoever schedules in vain before that had time enough.
   */
  Gate gateForAllThreads() {
    Gate gate = gate();
    Set<Thread> standing = ConcurrentHashMap.newKeySet();
    for (int i = 0; i < 32 * subject.threads(); i++) { // some wait behind others
      scheduler.schedule(
          () -> {
            standing.add(Thread.currentThread());
            gate.pass();
          });
    }
    Patience.until(() -> standing.size() == subject.threads());
    return gate;
  }

  /** Whether the scheduler is declared to break the rule. */
  boolean isToDiffer() {
    return Difference.find(subject, rule).isPresent();
  }

  /** Runs at the end; what was said last comes first. */
  void afterwards(Runnable action) {
    afterwards.push(action);
  }

  /**
   * Compares what the scheduler does with what the rule expects or, if a difference is declared,
   * with that.
   */
  void answers(Object expected, Callable<?> probe) throws Exception {
    assertThat(asked).as("rule '%s' has asked before", rule).isFalse();
    asked = true;
    Object answer = answerOf(probe);
    Optional<Difference> difference = Difference.find(subject, rule);
    if (difference.isEmpty()) {
      assertThat(answer).as("%s: %s", subject, rule).isEqualTo(expected);
    } else {
      assertThat(answer)
          .as("%s: %s is declared to be different and is not", subject, rule)
          .isNotEqualTo(expected);
      assertThat(answer)
          .as("%s: %s is declared to be different in another way", subject, rule)
          .isEqualTo(difference.get().answer());
    }
  }

  private static Object answerOf(Callable<?> probe) throws Exception {
    try {
      return probe.call();
    } catch (RejectedExecutionException e) {
      if (e == Exceptions.failWithRejectedNotTimeCapable()) {
        return NOT_TIME_CAPABLE;
      }
      throw e;
    }
  }

  @Override
  public void close() {
    afterwards.forEach(Runnable::run);
    assertThat(asked).as("rule '%s' has asked", rule).isTrue();
  }

  @Override
  public String toString() {
    return subject.toString();
  }
}
