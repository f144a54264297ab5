/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.conformance;

import static dev.picot.conformance.Trait.OWN_THREADS;
import static dev.picot.conformance.Trait.TIME;

import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import reactor.core.Disposable;
import reactor.core.Exceptions;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

@DisplayName("Errors")
class ErrorRulesTest {
  private static final String KEY = "conformance";

  @AfterEach
  void resetHooks() {
    Schedulers.resetOnHandleError(KEY);
  }

  /** Throws on purpose; quietly, for what the threads' own handlers print helps nobody. */
  private static void fail(Throwable error) {
    Thread.currentThread().setUncaughtExceptionHandler((thread, uncaught) -> {});
    if (error instanceof Error it) {
      throw it;
    }
    throw (RuntimeException) error;
  }

  @Rule(
      value = "Schedulers.onHandleError hears what a task throws, on each way to schedule.",
      needs = {OWN_THREADS, TIME})
  void theErrorHookHearsWhatATaskThrows(Trial trial) throws Exception {
    List<String> heard = new CopyOnWriteArrayList<>();
    Scheduler.Worker worker = trial.worker();
    EnumSet<Entry> all = EnumSet.allOf(Entry.class);

    trial.answers(
        all.stream().map(Entry::toString).toList(),
        () -> {
          Schedulers.onHandleError(KEY, (thread, error) -> heard.add(error.getMessage()));
          for (Entry entry : all) {
            entry.schedule(
                trial.scheduler(),
                worker,
                () -> fail(new IllegalStateException(entry.toString())),
                1);
            Patience.until(() -> heard.contains(entry.toString()));
          }
          return heard;
        });
  }

  @Rule(
      value =
          "The uncaught exception handler of the thread hears what a task throws, before the hook.",
      needs = OWN_THREADS)
  void theHandlerOfTheThreadHearsFirst(Trial trial) throws Exception {
    List<String> heard = new CopyOnWriteArrayList<>();
    CountDownLatch both = new CountDownLatch(2);

    trial.answers(
        List.of("handler: broken", "hook: broken"),
        () -> {
          Schedulers.onHandleError(
              KEY,
              (thread, error) -> {
                heard.add("hook: " + error.getMessage());
                both.countDown();
              });
          trial
              .scheduler()
              .schedule(
                  () -> {
                    Thread.currentThread()
                        .setUncaughtExceptionHandler(
                            (thread, error) -> {
                              heard.add("handler: " + error.getMessage());
                              both.countDown();
                            });
                    throw new IllegalStateException("broken");
                  });
          Patience.await(both);
          return heard;
        });
  }

  @Rule(
      value =
          "The hook is told the thread that ran the task, and what was thrown without Reactor's wrapping.",
      needs = OWN_THREADS)
  void theHookIsToldTheThreadAndTheCause(Trial trial) throws Exception {
    List<Object> heard = new CopyOnWriteArrayList<>();
    List<Object> expected = new CopyOnWriteArrayList<>();
    IOException cause = new IOException("broken");

    CountDownLatch told = new CountDownLatch(1);
    trial.answers(
        true,
        () -> {
          Schedulers.onHandleError(
              KEY,
              (thread, error) -> {
                heard.add(thread);
                heard.add(error);
                told.countDown();
              });
          trial
              .scheduler()
              .schedule(
                  () -> {
                    expected.add(Thread.currentThread());
                    expected.add(cause);
                    fail(Exceptions.propagate(cause));
                  });
          Patience.await(told);
          return heard.equals(expected);
        });
  }

  @Rule(
      value = "Errors of the virtual machine are told like all others, and their thread goes on.",
      needs = OWN_THREADS)
  void errorsOfTheMachineAreToldToo(Trial trial) throws Exception {
    List<Throwable> heard = new CopyOnWriteArrayList<>();
    List<Throwable> errors = List.of(new StackOverflowError(), new OutOfMemoryError("on purpose"));
    CountDownLatch ran = new CountDownLatch(1);
    Scheduler.Worker worker = trial.worker();

    trial.answers(
        errors,
        () -> {
          Schedulers.onHandleError(KEY, (thread, error) -> heard.add(error));
          for (Throwable error : errors) {
            worker.schedule(() -> fail(error));
            Patience.until(() -> heard.contains(error));
          }
          worker.schedule(ran::countDown);
          Patience.await(ran);
          return heard;
        });
  }

  @Rule("What a task throws does not come out of schedule.")
  void whatATaskThrowsDoesNotComeOut(Trial trial) throws Exception {
    trial.answers(
        "not thrown",
        () -> {
          try {
            trial.scheduler().schedule(() -> fail(new IllegalStateException("broken")));
            return "not thrown";
          } catch (IllegalStateException e) {
            return "thrown";
          }
        });
  }

  @Rule(
      value = "A periodic task that throws runs again.",
      needs = {OWN_THREADS, TIME})
  void aPeriodicTaskThatThrowsRunsAgain(Trial trial) throws Exception {
    runsAgain(trial, 1);
  }

  @Rule(
      value = "A task that repeats without a pause and throws runs again.",
      needs = {OWN_THREADS, TIME})
  void aTaskWithoutPauseThatThrowsRunsAgain(Trial trial) throws Exception {
    runsAgain(trial, 0);
  }

  private static void runsAgain(Trial trial, int periodMillis) throws Exception {
    trial.answers(
        List.of("alone: again", "on a Worker: again"),
        () -> {
          Scheduler.Worker worker = trial.worker();
          return List.of(
              "alone: " + repeats(trial, trial.scheduler()::schedulePeriodically, periodMillis),
              "on a Worker: " + repeats(trial, worker::schedulePeriodically, periodMillis));
        });
  }

  /** How a periodic task is scheduled. */
  private interface Way {
    Disposable schedule(Runnable task, long initial, long period, TimeUnit unit);
  }

  private static String repeats(Trial trial, Way way, long period) {
    AtomicInteger runs = new AtomicInteger();
    Disposable task =
        way.schedule(
            () -> {
              runs.incrementAndGet();
              fail(new IllegalStateException("broken"));
            },
            0,
            period,
            TimeUnit.MILLISECONDS);
    boolean again =
        Patience.comesTrue(() -> runs.get() >= 3, Patience.forWhat(!trial.isToDiffer()));
    task.dispose();
    return again ? "again" : "no more";
  }

  @Rule(
      value = "A hook that throws harms neither the thread nor the next task.",
      needs = OWN_THREADS)
  void aHookThatThrowsHarmsNobody(Trial trial) throws Exception {
    CountDownLatch ran = new CountDownLatch(1);
    Scheduler.Worker worker = trial.worker();

    trial.answers(
        0L,
        () -> {
          Schedulers.onHandleError(
              KEY,
              (thread, error) -> {
                throw new IllegalStateException("the hook is broken");
              });
          worker.schedule(() -> fail(new IllegalStateException("broken")));
          worker.schedule(ran::countDown);
          Patience.await(ran);
          return ran.getCount();
        });
  }
}
