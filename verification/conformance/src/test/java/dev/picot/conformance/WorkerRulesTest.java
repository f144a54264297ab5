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
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;

@DisplayName("Workers")
class WorkerRulesTest {
  @Rule(value = "A Worker never runs two tasks at a time.", needs = OWN_THREADS)
  void aWorkerRunsOneTaskAtATime(Trial trial) throws Exception {
    AtomicBoolean second = new AtomicBoolean();
    AtomicBoolean overlap = new AtomicBoolean();
    CountDownLatch ran = new CountDownLatch(2);
    Scheduler.Worker worker = trial.worker();

    trial.answers(
        "one at a time",
        () -> {
          worker.schedule(
              () -> {
                overlap.set(Patience.comesTrue(second::get, Patience.forWhat(trial.isToDiffer())));
                ran.countDown();
              });
          worker.schedule(
              () -> {
                second.set(true);
                ran.countDown();
              });
          Patience.await(ran);
          return overlap.get() ? "two at a time" : "one at a time";
        });
  }

  @Rule(
      value =
          "Tasks of a Worker run in the order in which each thread schedules them, never two at a time, whoever schedules.",
      needs = SERIAL_WORKERS)
  void aWorkerKeepsTheOrderOfEachThread(Trial trial) throws Exception {
    int producers = 4;
    int each = 2_000;
    AtomicBoolean running = new AtomicBoolean();
    AtomicInteger overlaps = new AtomicInteger();
    AtomicInteger disorder = new AtomicInteger();
    CountDownLatch ran = new CountDownLatch(producers * each);
    Scheduler.Worker worker = trial.worker();

    trial.answers(
        List.of("overlaps: 0", "out of order: 0"),
        () -> {
          for (int p = 0; p < producers; p++) {
            int[] last = {-1};
            Thread producer =
                new Thread(
                    () -> {
                      for (int i = 0; i < each; i++) {
                        int number = i;
                        worker.schedule(
                            () -> {
                              if (!running.compareAndSet(false, true)) {
                                overlaps.incrementAndGet();
                              }
                              if (last[0] != number - 1) {
                                disorder.incrementAndGet();
                              }
                              last[0] = number;
                              running.set(false);
                              ran.countDown();
                            });
                      }
                    },
                    "producer-" + p);
            producer.start();
            trial.afterwards(() -> Patience.until(() -> !producer.isAlive()));
          }
          Patience.await(ran);
          return List.of("overlaps: " + overlaps, "out of order: " + disorder);
        });
  }

  @Rule(value = "All tasks of a Worker run on one thread.", needs = SERIAL_WORKERS)
  void aWorkerStaysOnOneThread(Trial trial) throws Exception {
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    CountDownLatch ran = new CountDownLatch(200);
    Scheduler.Worker worker = trial.worker();

    trial.answers(
        1,
        () -> {
          for (int i = 0; i < 200; i++) {
            worker.schedule(
                () -> {
                  threads.add(Thread.currentThread());
                  ran.countDown();
                });
          }
          Patience.await(ran);
          return threads.size();
        });
  }

  @Rule(
      value = "What a task schedules on its own Worker runs after it, not within it.",
      needs = SERIAL_WORKERS)
  void whatATaskSchedulesRunsAfterIt(Trial trial) throws Exception {
    List<String> order = new CopyOnWriteArrayList<>();
    CountDownLatch ran = new CountDownLatch(2);
    Scheduler.Worker worker = trial.worker();

    trial.answers(
        List.of("outer begins", "outer ends", "inner"),
        () -> {
          worker.schedule(
              () -> {
                order.add("outer begins");
                worker.schedule(
                    () -> {
                      order.add("inner");
                      ran.countDown();
                    });
                order.add("outer ends");
                ran.countDown();
              });
          Patience.await(ran);
          return order;
        });
  }

  @Rule(
      value = "Disposing a Worker drops all its tasks that wait for their turn or their time.",
      needs = {OWN_THREADS, TIME, SERIAL_WORKERS})
  void disposingAWorkerDropsWhatWaits(Trial trial) throws Exception {
    Gate gate = trial.gate();
    AtomicInteger runs = new AtomicInteger();
    CountDownLatch after = new CountDownLatch(1);
    Scheduler.Worker worker = trial.worker();

    trial.answers(
        0,
        () -> {
          worker.schedule(gate::pass);
          gate.awaitReached();
          for (Entry entry : Entry.ofWorker()) {
            entry.schedule(trial.scheduler(), worker, runs::incrementAndGet, 5);
          }
          worker.dispose();
          gate.open();
          trial.scheduler().schedule(after::countDown, 30, TimeUnit.MILLISECONDS);
          Patience.await(after);
          return runs.get();
        });
  }

  @Rule(
      value = "When a Worker has been disposed its tasks are, at once.",
      needs = {OWN_THREADS, TIME, SERIAL_WORKERS})
  void theTasksOfADisposedWorkerAreDisposedAtOnce(Trial trial) throws Exception {
    Gate gate = trial.gate();
    Scheduler.Worker worker = trial.worker();

    trial.answers(
        List.of(true, true, true, true),
        () -> {
          List<Disposable> tasks = new ArrayList<>();
          tasks.add(worker.schedule(gate::pass));
          gate.awaitReached();
          for (Entry entry : Entry.ofWorker()) {
            tasks.add(entry.schedule(trial.scheduler(), worker, () -> {}, 5));
          }
          worker.dispose();
          return tasks.stream().map(Disposable::isDisposed).toList();
        });
  }

  @Rule(value = "Disposing a Worker leaves other Workers and the Scheduler alone.", needs = TIME)
  void disposingAWorkerLeavesOthersAlone(Trial trial) throws Exception {
    CountDownLatch ran = new CountDownLatch(6);
    Scheduler.Worker other = trial.worker();

    trial.answers(
        0L,
        () -> {
          trial.worker().dispose();
          for (Entry entry : Entry.values()) {
            entry.schedule(trial.scheduler(), other, ran::countDown, 1);
          }
          Patience.await(ran);
          return ran.getCount();
        });
  }

  @Rule("A Worker is disposed once it was told to, and may be told again.")
  void aWorkerIsDisposedOnceItWasToldTo(Trial trial) throws Exception {
    Scheduler.Worker worker = trial.worker();

    trial.answers(
        List.of(false, true, true),
        () -> {
          List<Boolean> states = new ArrayList<>();
          states.add(worker.isDisposed());
          worker.dispose();
          states.add(worker.isDisposed());
          worker.dispose();
          states.add(worker.isDisposed());
          return states;
        });
  }

  @Rule("A disposed Worker refuses tasks with a RejectedExecutionException.")
  void aDisposedWorkerRefusesTasks(Trial trial) throws Exception {
    Scheduler.Worker worker = trial.worker();

    trial.answers(
        "refused",
        () -> {
          worker.dispose();
          try {
            worker.schedule(() -> {});
            return "accepted";
          } catch (RejectedExecutionException e) {
            return "refused";
          }
        });
  }

  @Rule(value = "A disposed Worker refuses tasks with delays and periods as well.", needs = TIME)
  void aDisposedWorkerRefusesTimedTasks(Trial trial) throws Exception {
    Scheduler.Worker worker = trial.worker();
    EnumSet<Entry> entries = EnumSet.of(Entry.WORKER_DELAYED, Entry.WORKER_PERIODIC);

    trial.answers(
        Entry.all(entries, "refused"),
        () -> {
          worker.dispose();
          return Entry.each(entries, entry -> Refusal.of(entry, trial.scheduler(), worker));
        });
  }

  @Rule(
      value =
          "A task may dispose its own Worker: it goes on without an interrupt, and is the last.",
      needs = {OWN_THREADS, SERIAL_WORKERS})
  void aTaskMayDisposeItsWorker(Trial trial) throws Exception {
    Gate gate = trial.gate();
    AtomicBoolean interrupted = new AtomicBoolean();
    AtomicInteger runs = new AtomicInteger();
    CountDownLatch left = new CountDownLatch(1);
    Scheduler.Worker worker = trial.worker();
    Scheduler.Worker other = trial.worker();

    trial.answers(
        List.of("interrupted: false", "others ran: 0"),
        () -> {
          worker.schedule(
              () -> {
                gate.pass();
                worker.dispose();
                interrupted.set(Thread.currentThread().isInterrupted());
                left.countDown();
              });
          worker.schedule(runs::incrementAndGet);
          gate.open();
          Patience.await(left);
          CountDownLatch after = new CountDownLatch(1);
          other.schedule(after::countDown);
          Patience.await(after);
          return List.of("interrupted: " + interrupted, "others ran: " + runs);
        });
  }

  @Rule(
      value = "A Worker made of a disposed Scheduler refuses tasks.",
      needs = {TIME, END})
  void aWorkerOfADisposedSchedulerRefusesTasks(Trial trial) throws Exception {
    Scheduler scheduler = trial.scheduler();

    trial.answers(
        Entry.all(Entry.ofWorker(), "refused"),
        () -> {
          scheduler.dispose();
          Scheduler.Worker worker = trial.worker();
          return Entry.each(Entry.ofWorker(), entry -> Refusal.of(entry, scheduler, worker));
        });
  }
}
