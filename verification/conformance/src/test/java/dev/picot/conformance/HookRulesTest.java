/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.conformance;

import static dev.picot.conformance.Trait.END;
import static dev.picot.conformance.Trait.OWN_THREADS;
import static dev.picot.conformance.Trait.TIME;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

@DisplayName("Hooks")
class HookRulesTest {
  private static final String KEY = "conformance";

  @AfterEach
  void resetHooks() {
    Schedulers.resetOnScheduleHook(KEY);
    Schedulers.removeExecutorServiceDecorator(KEY);
  }

  /** A task of a user. */
  private static final class UserTask implements Runnable {
    private final Runnable action;

    UserTask(Runnable action) {
      this.action = action;
    }

    @Override
    public void run() {
      action.run();
    }
  }

  @Rule("Each task passes through onScheduleHook once.")
  void aTaskPassesTheHookOnce(Trial trial) throws Exception {
    AtomicInteger seen = new AtomicInteger();
    CountDownLatch ran = new CountDownLatch(2);
    Scheduler.Worker worker = trial.worker();

    trial.answers(
        2,
        () -> {
          count(seen);
          trial.scheduler().schedule(new UserTask(ran::countDown));
          worker.schedule(new UserTask(ran::countDown));
          Patience.await(ran);
          return seen.get();
        });
  }

  private static void count(AtomicInteger seen) {
    Schedulers.onScheduleHook(
        KEY,
        task -> {
          seen.incrementAndGet();
          return task;
        });
  }

  @Rule(
      value =
          "Each task passes through onScheduleHook once on each way to schedule, however often it runs.",
      needs = TIME)
  void aTaskPassesTheHookOnceOnEachWay(Trial trial) throws Exception {
    Map<Runnable, Integer> seen = new ConcurrentHashMap<>();
    Scheduler scheduler = trial.scheduler();
    Scheduler.Worker worker = trial.worker();

    trial.answers(
        Entry.all(EnumSet.allOf(Entry.class), 1),
        () -> {
          Schedulers.onScheduleHook(
              KEY,
              task -> {
                seen.merge(task, 1, Integer::sum);
                return task;
              });
          Map<Entry, Runnable> tasks = new EnumMap<>(Entry.class);
          for (Entry entry : Entry.values()) {
            boolean repeats = entry == Entry.PERIODIC || entry == Entry.WORKER_PERIODIC;
            CountDownLatch ran = new CountDownLatch(repeats ? 3 : 1);
            UserTask task = new UserTask(ran::countDown);
            tasks.put(entry, task);
            Disposable scheduled = schedule(entry, scheduler, worker, task);
            Patience.await(ran);
            scheduled.dispose();
          }
          return Entry.each(EnumSet.allOf(Entry.class), entry -> seen.get(tasks.get(entry)));
        });
  }

  /** As the entry does, but periodic tasks repeat soon. */
  private static Disposable schedule(
      Entry entry, Scheduler scheduler, Scheduler.Worker worker, Runnable task) {
    return switch (entry) {
      case PERIODIC -> scheduler.schedulePeriodically(task, 1, 1, TimeUnit.MILLISECONDS);
      case WORKER_PERIODIC -> worker.schedulePeriodically(task, 1, 1, TimeUnit.MILLISECONDS);
      default -> entry.schedule(scheduler, worker, task, 1);
    };
  }

  @Rule(
      value = "Nothing passes through onScheduleHook but the tasks of users.",
      needs = {TIME, END})
  void nothingElsePassesTheHook(Trial trial) throws Exception {
    Set<String> others = ConcurrentHashMap.newKeySet();
    AtomicInteger tasks = new AtomicInteger();

    trial.answers(
        Set.of(),
        () -> {
          Schedulers.onScheduleHook(
              KEY,
              task -> {
                if (task instanceof UserTask) {
                  tasks.incrementAndGet();
                } else {
                  others.add(task.getClass().getName());
                }
                return task;
              });
          trial.scheduler().init();
          CountDownLatch ran = new CountDownLatch(3 * 6);
          for (int i = 0; i < 3; i++) {
            Scheduler.Worker worker = trial.worker();
            for (Entry entry : Entry.values()) {
              schedule(entry, trial.scheduler(), worker, new UserTask(ran::countDown));
            }
            worker.schedule(new UserTask(() -> {}), 1, TimeUnit.HOURS).dispose();
          }
          Patience.await(ran);
          trial.worker().dispose();
          trial
              .scheduler()
              .schedule(
                  new UserTask(
                      () -> {
                        throw new IllegalStateException("on purpose");
                      }));
          trial.scheduler().disposeGracefully().block(Patience.LIMIT);
          trial.scheduler().dispose();
          return others;
        });
  }

  @Rule("What onScheduleHook returns is what runs.")
  void whatTheHookReturnsRuns(Trial trial) throws Exception {
    CountDownLatch ran = new CountDownLatch(2);
    Scheduler.Worker worker = trial.worker();

    trial.answers(
        0L,
        () -> {
          Schedulers.onScheduleHook(KEY, task -> ran::countDown);
          trial.scheduler().schedule(() -> {});
          worker.schedule(() -> {});
          Patience.comesTrue(() -> ran.getCount() == 0, Patience.forWhat(!trial.isToDiffer()));
          return ran.getCount();
        });
  }

  @Rule(
      value = "What onScheduleHook throws goes to whoever schedules, and leaves nothing behind.",
      needs = {TIME, END})
  void whatTheHookThrowsGoesToTheCaller(Trial trial) throws Exception {
    Scheduler.Worker worker = trial.worker();

    trial.answers(
        List.of(Entry.all(EnumSet.allOf(Entry.class), "thrown"), "completed"),
        () -> {
          Schedulers.onScheduleHook(
              KEY,
              task -> {
                throw new IllegalStateException("on purpose");
              });
          List<String> thrown =
              Entry.each(
                  EnumSet.allOf(Entry.class), entry -> thrown(entry, trial.scheduler(), worker));
          Schedulers.resetOnScheduleHook(KEY);
          worker.dispose();
          String end =
              trial.scheduler().disposeGracefully().thenReturn("completed").block(Patience.LIMIT);
          return List.of(thrown, end);
        });
  }

  private static String thrown(Entry entry, Scheduler scheduler, Scheduler.Worker worker) {
    try {
      entry.schedule(scheduler, worker, () -> {}, 1);
      return "nothing";
    } catch (IllegalStateException e) {
      return "thrown";
    }
  }

  @Rule(
      value = "The tasks that operators schedule pass through onScheduleHook.",
      needs = OWN_THREADS)
  void theTasksOfOperatorsPassTheHook(Trial trial) throws Exception {
    AtomicInteger seen = new AtomicInteger();

    trial.answers(
        true,
        () -> {
          count(seen);
          Flux.range(1, 10)
              .subscribeOn(trial.scheduler())
              .publishOn(trial.scheduler())
              .blockLast(Patience.LIMIT);
          return seen.get() >= 2;
        });
  }

  @Rule(
      value = "Decorators of executor services see those that a new scheduler works with.",
      needs = END)
  void decoratorsSeeItsExecutorService(Trial trial) throws Exception {
    AtomicInteger seen = new AtomicInteger();

    trial.answers(
        "seen",
        () -> {
          Schedulers.addExecutorServiceDecorator(
              KEY,
              (owner, executor) -> {
                seen.incrementAndGet();
                return executor;
              });
          Scheduler fresh = trial.subject().make(trial::afterwards);
          CountDownLatch ran = new CountDownLatch(1);
          fresh.schedule(ran::countDown);
          Patience.await(ran);
          return seen.get() > 0 ? "seen" : "none";
        });
  }
}
