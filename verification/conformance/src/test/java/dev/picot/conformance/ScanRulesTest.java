/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.conformance;

import static dev.picot.conformance.Trait.END;
import static dev.picot.conformance.Trait.OWN_THREADS;
import static dev.picot.conformance.Trait.SERIAL_WORKERS;
import static dev.picot.conformance.Trait.TIME;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import reactor.core.Disposable;
import reactor.core.Scannable;
import reactor.core.Scannable.Attr;
import reactor.core.scheduler.Scheduler;

@DisplayName("Scanning")
class ScanRulesTest {
  @Rule("NAME of a Scheduler is what toString says.")
  void theNameIsWhatToStringSays(Trial trial) throws Exception {
    trial.answers(
        trial.scheduler().toString(),
        () -> Scannable.from(trial.scheduler()).scanUnsafe(Attr.NAME));
  }

  @Rule("CAPACITY of a Scheduler is the number of its threads.")
  void theCapacityIsTheNumberOfThreads(Trial trial) throws Exception {
    trial.answers(
        trial.subject().threads(), () -> Scannable.from(trial.scheduler()).scan(Attr.CAPACITY));
  }

  @Rule("BUFFERED of a Scheduler counts its Workers that were not disposed.")
  void theBufferedAreTheWorkers(Trial trial) throws Exception {
    Scannable scheduler = Scannable.from(trial.scheduler());

    trial.answers(
        List.of("made 5: +5", "disposed 1: +4"),
        () -> {
          int before = scheduler.scan(Attr.BUFFERED);
          Scheduler.Worker worker = trial.worker();
          for (int i = 0; i < 4; i++) {
            trial.worker();
          }
          int more = scheduler.scan(Attr.BUFFERED) - before;
          worker.dispose();
          int left = scheduler.scan(Attr.BUFFERED) - before;
          return List.of("made 5: +" + more, "disposed 1: +" + left);
        });
  }

  @Rule(
      value = "TERMINATED and CANCELLED of a Scheduler tell whether it was disposed.",
      needs = END)
  void aSchedulerTellsThatItWasDisposed(Trial trial) throws Exception {
    Scannable scheduler = Scannable.from(trial.scheduler());

    trial.answers(
        List.of(false, false, true, true),
        () -> {
          List<Boolean> answers = new ArrayList<>();
          answers.add(scheduler.scan(Attr.TERMINATED));
          answers.add(scheduler.scan(Attr.CANCELLED));
          trial.scheduler().dispose();
          answers.add(scheduler.scan(Attr.TERMINATED));
          answers.add(scheduler.scan(Attr.CANCELLED));
          return answers;
        });
  }

  @Rule("The inner Scannables of a Scheduler are its threads.")
  void theInnersAreTheThreads(Trial trial) throws Exception {
    trial.answers(
        (long) trial.subject().threads(), () -> Scannable.from(trial.scheduler()).inners().count());
  }

  @Rule("A Worker has a NAME.")
  void aWorkerHasAName(Trial trial) throws Exception {
    trial.answers(true, () -> Scannable.from(trial.worker()).scanUnsafe(Attr.NAME) != null);
  }

  @Rule("PARENT of a Worker is its Scheduler.")
  void theParentOfAWorkerIsItsScheduler(Trial trial) throws Exception {
    trial.answers(
        "its Scheduler",
        () -> {
          Object parent = Scannable.from(trial.worker()).scanUnsafe(Attr.PARENT);
          if (parent == null) {
            return "nothing";
          }
          return parent == trial.scheduler() ? "its Scheduler" : "another thing";
        });
  }

  @Rule("TERMINATED and CANCELLED of a Worker tell whether it was disposed.")
  void aWorkerTellsThatItWasDisposed(Trial trial) throws Exception {
    Scheduler.Worker worker = trial.worker();
    Scannable scannable = Scannable.from(worker);

    trial.answers(
        List.of(false, false, true, true),
        () -> {
          List<Boolean> answers = new ArrayList<>();
          answers.add(scannable.scan(Attr.TERMINATED));
          answers.add(scannable.scan(Attr.CANCELLED));
          worker.dispose();
          answers.add(scannable.scan(Attr.TERMINATED));
          answers.add(scannable.scan(Attr.CANCELLED));
          return answers;
        });
  }

  @Rule("CAPACITY of a Worker is one: it runs one task at a time.")
  void theCapacityOfAWorkerIsOne(Trial trial) throws Exception {
    trial.answers(1, () -> Scannable.from(trial.worker()).scan(Attr.CAPACITY));
  }

  @Rule(
      value =
          "BUFFERED of a Worker is the number of its tasks that are not over: the one that runs, and those that wait for their turn or their time.",
      needs = {OWN_THREADS, TIME, SERIAL_WORKERS})
  void theBufferedOfAWorkerAreItsTasks(Trial trial) throws Exception {
    Gate gate = trial.gate();
    Scheduler.Worker worker = trial.worker();
    Scannable scannable = Scannable.from(worker);

    trial.answers(
        List.of(0, 4, 3, 0),
        () -> {
          List<Integer> answers = new ArrayList<>();
          answers.add(scannable.scan(Attr.BUFFERED));
          worker.schedule(gate::pass);
          gate.awaitReached();
          worker.schedule(() -> {});
          worker.schedule(() -> {}, 1, TimeUnit.HOURS);
          Disposable periodic = worker.schedulePeriodically(() -> {}, 1, 1, TimeUnit.HOURS);
          answers.add(scannable.scan(Attr.BUFFERED));
          periodic.dispose();
          answers.add(scannable.scan(Attr.BUFFERED));
          worker.dispose();
          gate.open();
          Patience.comesTrue(() -> scannable.scanOrDefault(Attr.BUFFERED, -1) == 0, Patience.LIMIT);
          answers.add(scannable.scan(Attr.BUFFERED));
          return answers;
        });
  }

  @Rule(
      value =
          "If the Disposable of a task can be scanned, TERMINATED tells that the task has run and CANCELLED that it was disposed.",
      needs = {OWN_THREADS, TIME})
  void aTaskTellsHowItEnded(Trial trial) throws Exception {
    trial.answers(
        "consistent",
        () -> {
          Disposable done = trial.scheduler().schedule(() -> {});
          Disposable dropped = trial.scheduler().schedule(() -> {}, 1, TimeUnit.HOURS);
          dropped.dispose();
          Patience.until(done::isDisposed);
          Scannable run = Scannable.from(done);
          Scannable cancelled = Scannable.from(dropped);
          boolean right =
              !run.isScanAvailable()
                  || (run.scanOrDefault(Attr.TERMINATED, false)
                      && !run.scanOrDefault(Attr.CANCELLED, true)
                      && cancelled.scanOrDefault(Attr.CANCELLED, false)
                      && !cancelled.scanOrDefault(Attr.TERMINATED, true));
          return right ? "consistent" : "wrong";
        });
  }
}
