/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.conformance;

import static dev.picot.conformance.Subject.BOUNDED_ELASTIC;
import static dev.picot.conformance.Subject.EXECUTOR_SERVICE;
import static dev.picot.conformance.Subject.IMMEDIATE;
import static dev.picot.conformance.Subject.OURS_ON_ONE_LOOP;
import static dev.picot.conformance.Subject.PARALLEL;
import static dev.picot.conformance.Subject.SHARED_PARALLEL;
import static dev.picot.conformance.Subject.SINGLE;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What some schedulers do otherwise than a rule expects: the one place that says so.
 *
 * @param rule the method of the rule
 * @param subjects who differ
 * @param answer what they answer instead
 * @param reason why
 */
record Difference(String rule, Set<Subject> subjects, Object answer, String reason) {
  private static final Set<Subject> OURS = EnumSet.of(Subject.OURS, OURS_ON_ONE_LOOP);
  private static final Set<Subject> EVERYBODY_ELSE = EnumSet.complementOf(EnumSet.copyOf(OURS));
  private static final Set<Subject> REACTORS =
      EnumSet.of(PARALLEL, SHARED_PARALLEL, SINGLE, BOUNDED_ELASTIC, EXECUTOR_SERVICE);

  static final List<Difference> ALL =
      List.of(
          new Difference(
              "disposingARunningTaskInterruptsIt",
              OURS,
              List.of("alone: false", "on a Worker: false", "by its Worker: false"),
              "A loop is shared: by the time the interrupt arrives it may run somebody else's task, and one interrupt closes the files and channels of whoever it hits. A task that does not end is taken over instead."),
          new Difference(
              "disposingInterruptsWhatRuns", OURS, false, "As above: nothing interrupts a loop."),
          new Difference(
              "decoratorsSeeItsExecutorService",
              OURS,
              "none",
              "There is no executor service behind loops. What decorators are used for, metrics and context, hangs on the schedule hook and on the statistics of the loop scheduler."),
          new Difference(
              "aMissingTaskIsRefusedAtOnce",
              REACTORS,
              "accepted",
              "The task is looked at when it runs: the NullPointerException is an uncaught error of the thread."),
          new Difference(
              "aWorkerRunsOneTaskAtATime",
              EnumSet.of(EXECUTOR_SERVICE),
              "two at a time",
              "A Worker hands its tasks to the executor, which here has two threads. The rules about order are tried on the others only."),
          new Difference(
              "aDisposedSchedulerCannotBeStarted",
              EnumSet.of(PARALLEL, SINGLE, BOUNDED_ELASTIC),
              "live",
              "They may be started again by the deprecated start(), which Reactor is going to take away."),
          new Difference(
              "aSchedulerIsDisposedOnceItWasToldTo",
              EnumSet.of(SHARED_PARALLEL, IMMEDIATE),
              List.of(false, false, false),
              "They are shared by the whole process and cannot be disposed."),
          new Difference(
              "theTasksOfADisposedSchedulerAreDisposedAtOnce",
              EnumSet.of(PARALLEL, SINGLE, BOUNDED_ELASTIC),
              List.of(
                  "DELAYED false",
                  "PERIODIC false",
                  "WORKER false",
                  "WORKER_DELAYED false",
                  "WORKER_PERIODIC false"),
              "The executor drops its queue without telling the tasks in it."),
          new Difference(
              "aTaskWithoutPauseThatThrowsRunsAgain",
              REACTORS,
              List.of("alone: no more", "on a Worker: no more"),
              "Without a period the task is submitted again after each run that succeeds. With a period it does run again."),
          new Difference(
              "theBufferedAreTheWorkers",
              EnumSet.of(PARALLEL, SHARED_PARALLEL, SINGLE, EXECUTOR_SERVICE, IMMEDIATE),
              List.of("made 5: +0", "disposed 1: +0"),
              "Workers are not counted: they answer the number of threads, that of tasks, or nothing."),
          new Difference(
              "theBufferedAreTheWorkers",
              EnumSet.of(BOUNDED_ELASTIC),
              List.of("made 5: +2", "disposed 1: +2"),
              "It answers the number of threads that were started."),
          new Difference(
              "theBufferedOfAWorkerAreItsTasks",
              EnumSet.of(BOUNDED_ELASTIC),
              List.of(1, 5, 4, 0),
              "It counts the thread of the Worker as one more."),
          new Difference(
              "theCapacityIsTheNumberOfThreads",
              EnumSet.of(EXECUTOR_SERVICE),
              Integer.MAX_VALUE,
              "It answers the largest size of the pool, which a scheduled one never reaches."),
          new Difference(
              "theCapacityIsTheNumberOfThreads", EnumSet.of(IMMEDIATE), 0, "It has no threads."),
          new Difference(
              "theCapacityOfAWorkerIsOne",
              EnumSet.of(BOUNDED_ELASTIC),
              10_000,
              "It answers how many tasks may be queued."),
          new Difference(
              "theCapacityOfAWorkerIsOne",
              EnumSet.of(EXECUTOR_SERVICE),
              Integer.MAX_VALUE,
              "It answers for the pool."),
          new Difference(
              "theCapacityOfAWorkerIsOne", EnumSet.of(IMMEDIATE), 0, "It does not answer."),
          new Difference(
              "theParentOfAWorkerIsItsScheduler",
              EVERYBODY_ELSE,
              "nothing",
              "Their Workers do not know it."),
          new Difference(
              "theInnersAreTheThreads",
              EnumSet.of(SHARED_PARALLEL, SINGLE, EXECUTOR_SERVICE, IMMEDIATE),
              0L,
              "They do not tell."),
          new Difference(
              "theInnersAreTheThreads",
              EnumSet.of(BOUNDED_ELASTIC),
              0L,
              "Only those that were needed so far: none as yet."),
          new Difference(
              "theNameIsWhatToStringSays",
              EnumSet.of(IMMEDIATE),
              "immediate",
              "It has no toString of its own."),
          new Difference(
              "tasksRunWhereBlockingIsForbidden",
              EnumSet.of(BOUNDED_ELASTIC, EXECUTOR_SERVICE, IMMEDIATE),
              false,
              "Their threads may block: that is what boundedElastic is for."),
          new Difference(
              "blockIsRefusedWithinATask",
              EnumSet.of(BOUNDED_ELASTIC, EXECUTOR_SERVICE, IMMEDIATE),
              "allowed",
              "As above."),
          new Difference(
              "aTaskRunsBesideItsCaller",
              EnumSet.of(IMMEDIATE),
              false,
              "It runs tasks where they are scheduled."),
          new Difference(
              "delaysAndPeriodsAreKnown",
              EnumSet.of(IMMEDIATE),
              Trial.NOT_TIME_CAPABLE,
              "It cannot wait."),
          new Difference(
              "aTaskPassesTheHookOnce",
              EnumSet.of(IMMEDIATE),
              0,
              "The task is a call of its scheduler, so there is nothing to carry over."),
          new Difference("whatTheHookReturnsRuns", EnumSet.of(IMMEDIATE), 2L, "As above."),
          new Difference(
              "whatATaskThrowsDoesNotComeOut", EnumSet.of(IMMEDIATE), "thrown", "As above."));

  /** {@return whether it is one of our schedulers that differs} */
  boolean isOurs() {
    return OURS.containsAll(subjects);
  }

  static Optional<Difference> find(Subject subject, String rule) {
    return ALL.stream()
        .filter(difference -> difference.rule.equals(rule))
        .filter(difference -> difference.subjects.contains(subject))
        .findFirst();
  }
}
