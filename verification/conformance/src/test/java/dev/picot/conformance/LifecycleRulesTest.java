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

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

@DisplayName("Beginning and end")
class LifecycleRulesTest {
  @Rule("A scheduler may be initialised several times.")
  void aSchedulerMayBeInitialisedSeveralTimes(Trial trial) throws Exception {
    CountDownLatch ran = new CountDownLatch(1);

    trial.answers(
        false,
        () -> {
          trial.scheduler().init();
          trial.scheduler().init();
          trial.scheduler().schedule(ran::countDown);
          Patience.await(ran);
          return trial.scheduler().isDisposed();
        });
  }

  @Rule(value = "A disposed scheduler cannot be initialised.", needs = END)
  void aDisposedSchedulerCannotBeInitialised(Trial trial) throws Exception {
    trial.answers(
        "refused",
        () -> {
          trial.scheduler().dispose();
          try {
            trial.scheduler().init();
            return "initialised";
          } catch (IllegalStateException e) {
            return "refused";
          }
        });
  }

  @Rule(value = "A disposed scheduler stays disposed when it is started.", needs = END)
  @SuppressWarnings("deprecation") // as long as Reactor has it
  void aDisposedSchedulerCannotBeStarted(Trial trial) throws Exception {
    trial.answers(
        "disposed",
        () -> {
          trial.scheduler().dispose();
          trial.scheduler().start();
          return trial.scheduler().isDisposed() ? "disposed" : "live";
        });
  }

  @Rule("A scheduler is disposed once it was told to, and may be told again.")
  void aSchedulerIsDisposedOnceItWasToldTo(Trial trial) throws Exception {
    trial.answers(
        List.of(false, true, true),
        () -> {
          List<Boolean> states = new ArrayList<>();
          states.add(trial.scheduler().isDisposed());
          trial.scheduler().dispose();
          states.add(trial.scheduler().isDisposed());
          trial.scheduler().dispose();
          states.add(trial.scheduler().isDisposed());
          return states;
        });
  }

  @Rule(
      value = "A disposed scheduler refuses tasks with a RejectedExecutionException.",
      needs = {TIME, END})
  void aDisposedSchedulerRefusesTasks(Trial trial) throws Exception {
    Scheduler.Worker worker = trial.worker();

    trial.answers(
        Entry.all(EnumSet.allOf(Entry.class), "refused"),
        () -> {
          trial.scheduler().dispose();
          return Entry.each(
              EnumSet.allOf(Entry.class), entry -> Refusal.of(entry, trial.scheduler(), worker));
        });
  }

  @Rule(
      value = "Disposing a scheduler drops all tasks that wait for their turn or their time.",
      needs = {OWN_THREADS, TIME, END, SERIAL_WORKERS})
  void disposingDropsWhatWaits(Trial trial) throws Exception {
    AtomicInteger runs = new AtomicInteger();
    Scheduler.Worker worker = trial.worker();

    trial.answers(
        0,
        () -> {
          Gate gate = trial.gateForAllThreads();
          for (Entry entry : EnumSet.allOf(Entry.class)) {
            entry.schedule(trial.scheduler(), worker, runs::incrementAndGet, 5);
          }
          trial.scheduler().dispose();
          gate.open();
          gate.awaitPassed();
          return Patience.comesTrue(() -> runs.get() > 0, Duration.ofMillis(30)) ? runs.get() : 0;
        });
  }

  @Rule(
      value = "When a scheduler has been disposed the tasks that waited are, at once.",
      needs = {OWN_THREADS, TIME, END, SERIAL_WORKERS})
  void theTasksOfADisposedSchedulerAreDisposedAtOnce(Trial trial) throws Exception {
    Gate gate = trial.gate();
    Scheduler.Worker worker = trial.worker();
    EnumSet<Entry> waiting = EnumSet.complementOf(EnumSet.of(Entry.DIRECT));

    trial.answers(
        Entry.all(waiting, true),
        () -> {
          worker.schedule(gate::pass);
          gate.awaitReached();
          List<Disposable> tasks = new ArrayList<>();
          for (Entry entry : waiting) {
            tasks.add(entry.schedule(trial.scheduler(), worker, () -> {}, Entry.HOUR_MILLIS));
          }
          trial.scheduler().dispose();
          List<Disposable> left = new ArrayList<>(tasks);
          return Entry.each(waiting, entry -> left.remove(0).isDisposed());
        });
  }

  @Rule(
      value = "Disposing a scheduler interrupts the tasks that run.",
      needs = {OWN_THREADS, END})
  void disposingInterruptsWhatRuns(Trial trial) throws Exception {
    Gate gate = trial.gate();
    AtomicBoolean interrupted = new AtomicBoolean();
    CountDownLatch left = new CountDownLatch(1);

    trial.answers(
        true,
        () -> {
          trial
              .scheduler()
              .schedule(
                  () -> {
                    interrupted.set(gate.pass());
                    left.countDown();
                  });
          gate.awaitReached();
          trial.scheduler().dispose();
          gate.open();
          Patience.await(left);
          return interrupted.get();
        });
  }

  @Rule(value = "Graceful disposal begins when somebody subscribes, not before.", needs = END)
  void gracefulDisposalIsLazy(Trial trial) throws Exception {
    trial.answers(
        List.of(false, true),
        () -> {
          Mono<Void> graceful = trial.scheduler().disposeGracefully();
          boolean before = trial.scheduler().isDisposed();
          graceful.block(Patience.LIMIT);
          return List.of(before, trial.scheduler().isDisposed());
        });
  }

  @Rule(
      value =
          "Graceful disposal refuses new tasks, lets those that wait run, ends periodic ones, and completes after the last.",
      needs = {OWN_THREADS, TIME, END, SERIAL_WORKERS})
  void gracefulDisposalFinishesWhatWaits(Trial trial) throws Exception {
    Gate gate = trial.gate();
    List<String> events = new CopyOnWriteArrayList<>();
    Scheduler.Worker worker = trial.worker();
    CountDownLatch completed = new CountDownLatch(1);

    trial.answers(
        List.of("refused", "queued", "delayed", "completed"),
        () -> {
          worker.schedule(gate::pass);
          gate.awaitReached();
          worker.schedule(() -> events.add("queued"));
          worker.schedule(() -> events.add("delayed"), 20, TimeUnit.MILLISECONDS);
          worker.schedulePeriodically(() -> events.add("periodic"), 10, 10, TimeUnit.MILLISECONDS);
          trial
              .scheduler()
              .disposeGracefully()
              .subscribe(
                  nothing -> {},
                  error -> {},
                  () -> {
                    events.add("completed");
                    completed.countDown();
                  });
          events.add(Refusal.of(Entry.DIRECT, trial.scheduler(), worker));
          gate.open();
          Patience.await(completed);
          return events;
        });
  }

  @Rule(
      value = "Graceful disposal that timed out may be tried again, by several at once.",
      needs = {OWN_THREADS, END})
  void gracefulDisposalMayBeTriedAgain(Trial trial) throws Exception {
    Gate gate = trial.gate();

    trial.answers(
        List.of("timed out", "timed out", "completed", "completed", "completed"),
        () -> {
          trial.scheduler().schedule(gate::pass);
          gate.awaitReached();
          Mono<String> graceful =
              trial
                  .scheduler()
                  .disposeGracefully()
                  .thenReturn("completed")
                  .timeout(Duration.ofMillis(30))
                  .onErrorReturn(TimeoutException.class, "timed out");
          List<String> answers = new ArrayList<>();
          answers.add(graceful.block(Patience.LIMIT));
          answers.add(graceful.block(Patience.LIMIT));
          Mono<String> patient =
              trial.scheduler().disposeGracefully().thenReturn("completed").timeout(Patience.LIMIT);
          var both = Mono.zip(patient, patient).toFuture();
          gate.open();
          answers.add(both.get().getT1());
          answers.add(both.get().getT2());
          answers.add(patient.block(Patience.LIMIT));
          return answers;
        });
  }

  @Rule(
      value = "Disposal after graceful disposal drops what still waits.",
      needs = {TIME, END})
  void disposalCutsGracefulDisposalShort(Trial trial) throws Exception {
    AtomicInteger runs = new AtomicInteger();

    trial.answers(
        List.of("completed", "ran: 0"),
        () -> {
          trial.scheduler().schedule(runs::incrementAndGet, 1, TimeUnit.HOURS);
          var graceful = trial.scheduler().disposeGracefully().thenReturn("completed").toFuture();
          trial.scheduler().dispose();
          String end = graceful.get(Patience.LIMIT.toMillis(), TimeUnit.MILLISECONDS);
          return List.of(end, "ran: " + runs);
        });
  }

  @Rule(value = "Graceful disposal after disposal completes.", needs = END)
  void gracefulDisposalAfterDisposalCompletes(Trial trial) throws Exception {
    trial.answers(
        "completed",
        () -> {
          trial.scheduler().dispose();
          return trial
              .scheduler()
              .disposeGracefully()
              .thenReturn("completed")
              .block(Patience.LIMIT);
        });
  }
}
