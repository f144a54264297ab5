/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.conformance;

import static dev.picot.conformance.Trait.OWN_THREADS;
import static dev.picot.conformance.Trait.SERIAL_WORKERS;
import static dev.picot.conformance.Trait.TIME;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;

@DisplayName("Tasks")
class TaskRulesTest {
  @Rule("A task runs, once.")
  void aTaskRunsOnce(Trial trial) throws Exception {
    AtomicInteger runs = new AtomicInteger();
    CountDownLatch after = new CountDownLatch(1);

    trial.answers(
        1,
        () -> {
          trial.scheduler().schedule(runs::incrementAndGet);
          Patience.until(() -> runs.get() > 0);
          trial.scheduler().schedule(after::countDown);
          Patience.await(after);
          return runs.get();
        });
  }

  @Rule("A task runs on a thread of the scheduler, not on the one that schedules it.")
  void aTaskRunsBesideItsCaller(Trial trial) throws Exception {
    AtomicReference<Thread> thread = new AtomicReference<>();
    CountDownLatch ran = new CountDownLatch(1);

    trial.answers(
        true,
        () -> {
          trial
              .scheduler()
              .schedule(
                  () -> {
                    thread.set(Thread.currentThread());
                    ran.countDown();
                  });
          Patience.await(ran);
          return thread.get() != Thread.currentThread();
        });
  }

  @Rule("A task may schedule another one.")
  void aTaskMayScheduleAnother(Trial trial) throws Exception {
    CountDownLatch ran = new CountDownLatch(1);
    Scheduler scheduler = trial.scheduler();

    trial.answers(
        0L,
        () -> {
          scheduler.schedule(() -> scheduler.schedule(() -> scheduler.schedule(ran::countDown)));
          Patience.await(ran);
          return ran.getCount();
        });
  }

  @Rule(
      value =
          "The Disposable of a task is not disposed while the task waits or runs, and is disposed when it has run.",
      needs = {OWN_THREADS, SERIAL_WORKERS})
  void theDisposableTellsWhetherTheTaskIsOver(Trial trial) throws Exception {
    Gate first = trial.gate();
    Gate second = trial.gate();
    Scheduler.Worker worker = trial.worker();

    trial.answers(
        List.of("waits: false", "runs: false", "over: true"),
        () -> {
          worker.schedule(first::pass);
          Disposable task = worker.schedule(second::pass);
          List<String> states = new ArrayList<>();
          first.awaitReached();
          states.add("waits: " + task.isDisposed());
          first.open();
          second.awaitReached();
          states.add("runs: " + task.isDisposed());
          second.open();
          states.add("over: " + Patience.comesTrue(task::isDisposed, Patience.LIMIT));
          return states;
        });
  }

  @Rule(value = "The Disposable of a periodic task is not disposed between two runs.", needs = TIME)
  void aPeriodicTaskIsNotDisposedBetweenRuns(Trial trial) throws Exception {
    CountDownLatch ran = new CountDownLatch(2);

    trial.answers(
        List.of(false, false),
        () -> {
          Disposable alone =
              trial.scheduler().schedulePeriodically(ran::countDown, 0, 1, TimeUnit.HOURS);
          Disposable onWorker =
              trial.worker().schedulePeriodically(ran::countDown, 0, 1, TimeUnit.HOURS);
          Patience.await(ran);
          List<Boolean> answer = List.of(alone.isDisposed(), onWorker.isDisposed());
          alone.dispose();
          return answer;
        });
  }

  @Rule(
      value = "A task that is disposed before its turn does not run.",
      needs = {OWN_THREADS, SERIAL_WORKERS})
  void aTaskThatIsDisposedBeforeItsTurnDoesNotRun(Trial trial) throws Exception {
    Gate gate = trial.gate();
    AtomicInteger runs = new AtomicInteger();
    CountDownLatch after = new CountDownLatch(1);
    Scheduler.Worker worker = trial.worker();

    trial.answers(
        0,
        () -> {
          worker.schedule(gate::pass);
          Disposable task = worker.schedule(runs::incrementAndGet);
          worker.schedule(after::countDown);
          task.dispose();
          task.dispose();
          gate.open();
          Patience.await(after);
          return runs.get();
        });
  }

  @Rule(value = "A task that is disposed before its time does not run.", needs = TIME)
  void aTaskThatIsDisposedBeforeItsTimeDoesNotRun(Trial trial) throws Exception {
    AtomicInteger runs = new AtomicInteger();
    CountDownLatch after = new CountDownLatch(2);
    Scheduler.Worker worker = trial.worker();

    trial.answers(
        0,
        () -> {
          Gate gate = trial.gateForAllThreads();
          List<Disposable> tasks = new ArrayList<>();
          for (Entry entry : Entry.timed()) {
            tasks.add(entry.schedule(trial.scheduler(), worker, runs::incrementAndGet, 10));
          }
          tasks.forEach(Disposable::dispose);
          trial.scheduler().schedule(after::countDown, 30, TimeUnit.MILLISECONDS);
          worker.schedule(after::countDown, 30, TimeUnit.MILLISECONDS);
          gate.open();
          Patience.await(after);
          return runs.get();
        });
  }

  @Rule("A missing task is refused at once, with a NullPointerException.")
  void aMissingTaskIsRefusedAtOnce(Trial trial) throws Exception {
    trial.answers(
        "refused",
        () -> {
          try {
            trial.scheduler().schedule(null);
            return "accepted";
          } catch (NullPointerException e) {
            return "refused";
          }
        });
  }

  @Rule(value = "Disposing a task that runs interrupts it.", needs = OWN_THREADS)
  void disposingARunningTaskInterruptsIt(Trial trial) throws Exception {
    trial.answers(
        List.of("alone: true", "on a Worker: true", "by its Worker: true"),
        () -> {
          Scheduler.Worker worker = trial.worker();
          Scheduler.Worker whole = trial.worker();
          return List.of(
              "alone: " + isInterrupted(trial, trial.scheduler()::schedule, Disposable::dispose),
              "on a Worker: " + isInterrupted(trial, worker::schedule, Disposable::dispose),
              "by its Worker: " + isInterrupted(trial, whole::schedule, task -> whole.dispose()));
        });
  }

  /** How a task is scheduled. */
  private interface Way {
    Disposable schedule(Runnable task);
  }

  /** How a task is disposed. */
  private interface End {
    void end(Disposable task);
  }

  private static boolean isInterrupted(Trial trial, Way way, End end) throws Exception {
    Gate gate = trial.gate();
    AtomicBoolean interrupted = new AtomicBoolean();
    CountDownLatch left = new CountDownLatch(1);
    Disposable task =
        way.schedule(
            () -> {
              interrupted.set(gate.pass());
              left.countDown();
            });
    gate.awaitReached();
    end.end(task);
    gate.open();
    Patience.await(left);
    return interrupted.get();
  }

  @Rule(value = "A task that disposes itself goes on without an interrupt.", needs = OWN_THREADS)
  void aTaskThatDisposesItselfIsNotInterrupted(Trial trial) throws Exception {
    Gate known = trial.gate();
    AtomicReference<Disposable> self = new AtomicReference<>();
    AtomicBoolean interrupted = new AtomicBoolean();
    CountDownLatch left = new CountDownLatch(1);

    trial.answers(
        false,
        () -> {
          self.set(
              trial
                  .scheduler()
                  .schedule(
                      () -> {
                        known.pass();
                        self.get().dispose();
                        interrupted.set(Thread.currentThread().isInterrupted());
                        left.countDown();
                      }));
          known.open();
          Patience.await(left);
          return interrupted.get();
        });
  }

  @Rule(
      value = "A task that leaves its thread interrupted does not interrupt the next one.",
      needs = {OWN_THREADS, SERIAL_WORKERS})
  void anInterruptDoesNotReachTheNextTask(Trial trial) throws Exception {
    Gate gate = trial.gate();
    AtomicBoolean interrupted = new AtomicBoolean();
    CountDownLatch ran = new CountDownLatch(1);
    Scheduler.Worker worker = trial.worker();

    trial.answers(
        false,
        () -> {
          worker.schedule(gate::pass);
          worker.schedule(() -> Thread.currentThread().interrupt());
          worker.schedule(
              () -> {
                interrupted.set(Thread.currentThread().isInterrupted());
                ran.countDown();
              });
          gate.open();
          Patience.await(ran);
          return interrupted.get();
        });
  }
}
