/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.conformance;

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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;

@DisplayName("Delays and periods")
class TimeRulesTest {
  private static final long[] NOT_POSITIVE = {0, -1, Long.MIN_VALUE};

  @Rule("Delays and periods are known, to the Scheduler and to its Workers.")
  void delaysAndPeriodsAreKnown(Trial trial) throws Exception {
    trial.answers(
        "known",
        () -> {
          for (Entry entry : Entry.timed()) {
            entry.schedule(trial.scheduler(), trial.worker(), () -> {}, 1).dispose();
          }
          return "known";
        });
  }

  @Rule(value = "A task never runs before its delay has passed.", needs = TIME)
  void aTaskNeverRunsEarly(Trial trial) throws Exception {
    List<String> early = new CopyOnWriteArrayList<>();
    CountDownLatch ran = new CountDownLatch(4 * 20);
    Scheduler.Worker worker = trial.worker();

    trial.answers(
        List.of(),
        () -> {
          for (int i = 1; i <= 20; i++) {
            for (Entry entry : Entry.timed()) {
              long due = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(i);
              entry.schedule(
                  trial.scheduler(),
                  worker,
                  () -> {
                    if (System.nanoTime() - due < 0) {
                      early.add(entry.toString());
                    }
                    ran.countDown();
                  },
                  i);
            }
          }
          Patience.await(ran);
          return early;
        });
  }

  @Rule(value = "A delay that is not positive is none.", needs = TIME)
  void aDelayThatIsNotPositiveIsNone(Trial trial) throws Exception {
    CountDownLatch ran = new CountDownLatch(NOT_POSITIVE.length * Entry.timed().size());
    Scheduler.Worker worker = trial.worker();

    trial.answers(
        0L,
        () -> {
          for (long delay : NOT_POSITIVE) {
            for (Entry entry : Entry.timed()) {
              entry.schedule(trial.scheduler(), worker, ran::countDown, delay);
            }
          }
          Patience.await(ran);
          return ran.getCount();
        });
  }

  @Rule(value = "A delay may be as long as a number can say.", needs = TIME)
  void aDelayMayBeHuge(Trial trial) throws Exception {
    AtomicInteger runs = new AtomicInteger();
    CountDownLatch after = new CountDownLatch(2);
    Scheduler scheduler = trial.scheduler();
    Scheduler.Worker worker = trial.worker();

    trial.answers(
        List.of("runs: 0", "waits: true", "waits: true"),
        () -> {
          Disposable alone =
              scheduler.schedule(runs::incrementAndGet, Long.MAX_VALUE, TimeUnit.DAYS);
          Disposable onWorker =
              worker.schedule(runs::incrementAndGet, Long.MAX_VALUE, TimeUnit.NANOSECONDS);
          scheduler.schedule(after::countDown, 20, TimeUnit.MILLISECONDS);
          worker.schedule(after::countDown, 20, TimeUnit.MILLISECONDS);
          Patience.await(after);
          List<String> answer =
              List.of(
                  "runs: " + runs,
                  "waits: " + !alone.isDisposed(),
                  "waits: " + !onWorker.isDisposed());
          alone.dispose();
          return answer;
        });
  }

  @Rule(value = "A missing unit is refused at once.", needs = TIME)
  void aMissingUnitIsRefusedAtOnce(Trial trial) throws Exception {
    Scheduler scheduler = trial.scheduler();
    Scheduler.Worker worker = trial.worker();
    List<Runnable> calls =
        List.of(
            () -> scheduler.schedule(() -> {}, 1, null),
            () -> scheduler.schedulePeriodically(() -> {}, 1, 1, null),
            () -> worker.schedule(() -> {}, 1, null),
            () -> worker.schedulePeriodically(() -> {}, 1, 1, null));

    trial.answers(4L, () -> calls.stream().filter(TimeRulesTest::isRefused).count());
  }

  private static boolean isRefused(Runnable call) {
    try {
      call.run();
      return false;
    } catch (RuntimeException e) {
      return true;
    }
  }

  @Rule(
      value = "A periodic task runs again and again until it is disposed, and then no more.",
      needs = TIME)
  void aPeriodicTaskRepeatsUntilItIsDisposed(Trial trial) throws Exception {
    trial.answers(
        List.of("alone: stopped", "on a Worker: stopped"),
        () -> {
          Scheduler.Worker worker = trial.worker();
          return List.of(
              "alone: " + repeatAndStop(trial, trial.scheduler()::schedulePeriodically),
              "on a Worker: " + repeatAndStop(trial, worker::schedulePeriodically));
        });
  }

  /** How a periodic task is scheduled. */
  private interface Way {
    Disposable schedule(Runnable task, long initial, long period, TimeUnit unit);
  }

  private static String repeatAndStop(Trial trial, Way way) throws Exception {
    Gate gate = trial.gate();
    AtomicInteger runs = new AtomicInteger();
    Disposable task =
        way.schedule(
            () -> {
              if (runs.incrementAndGet() == 5) {
                gate.pass();
              }
            },
            1,
            2,
            TimeUnit.MILLISECONDS);
    gate.awaitReached(); // so no other run has begun
    task.dispose();
    gate.open();
    gate.awaitPassed();
    passes(trial, 30);
    return runs.get() == 5 && task.isDisposed() ? "stopped" : "goes on";
  }

  /** So much time passes for the scheduler. */
  private static void passes(Trial trial, long millis) throws Exception {
    CountDownLatch passed = new CountDownLatch(1);
    trial.scheduler().schedule(passed::countDown, millis, TimeUnit.MILLISECONDS);
    Patience.await(passed);
  }

  @Rule(
      value =
          "A periodic task runs at a fixed rate: runs that were held up follow each other at once.",
      needs = TIME)
  void aPeriodicTaskRunsAtAFixedRate(Trial trial) throws Exception {
    trial.answers(
        List.of("alone: caught up", "on a Worker: caught up"),
        () -> {
          Scheduler.Worker worker = trial.worker();
          return List.of(
              "alone: " + holdUp(trial.scheduler()::schedulePeriodically),
              "on a Worker: " + holdUp(worker::schedulePeriodically));
        });
  }

  /**
   * The first run takes 20 periods, so the next 20 are late. They need not wait for a period; a few
   * may take as long all the same, for the machine may pause.
   */
  private static String holdUp(Way way) throws Exception {
    long period = TimeUnit.MILLISECONDS.toNanos(20);
    CountDownLatch ran = new CountDownLatch(21);
    List<Long> ends = new CopyOnWriteArrayList<>();
    Disposable task =
        way.schedule(
            () -> {
              long began = System.nanoTime();
              while (ends.isEmpty() && System.nanoTime() - began < 20 * period) {
                Thread.onSpinWait();
              }
              ends.add(System.nanoTime());
              ran.countDown();
            },
            0,
            period,
            TimeUnit.NANOSECONDS);
    Patience.await(ran);
    task.dispose();
    long atOnce =
        IntStream.range(0, 20).filter(i -> ends.get(i + 1) - ends.get(i) < period).count();
    return atOnce > 10 ? "caught up" : "fell behind";
  }

  @Rule(
      value =
          "A period that is not positive repeats without a pause, and leaves others their turn.",
      needs = TIME)
  void aPeriodThatIsNotPositiveRepeatsWithoutPause(Trial trial) throws Exception {
    trial.answers(
        List.of("0 repeats", "-1 repeats", "0 repeats", "-1 repeats"),
        () -> {
          List<String> answers = new ArrayList<>();
          Scheduler.Worker worker = trial.worker();
          for (Way way :
              List.<Way>of(trial.scheduler()::schedulePeriodically, worker::schedulePeriodically)) {
            for (long period : new long[] {0, -1}) {
              CountDownLatch ran = new CountDownLatch(100);
              CountDownLatch other = new CountDownLatch(1);
              Disposable task = way.schedule(ran::countDown, 0, period, TimeUnit.MILLISECONDS);
              Patience.await(ran);
              worker.schedule(other::countDown);
              Patience.await(other);
              task.dispose();
              answers.add(period + " repeats");
            }
          }
          return answers;
        });
  }

  @Rule(
      value =
          "Tasks of a Worker with the same delay run in the order in which one thread scheduled them.",
      needs = {TIME, SERIAL_WORKERS})
  void tasksWithTheSameDelayKeepTheirOrder(Trial trial) throws Exception {
    List<Integer> order = new ArrayList<>();
    List<Integer> expected = new ArrayList<>();
    CountDownLatch ran = new CountDownLatch(500);
    Scheduler.Worker worker = trial.worker();

    for (int i = 0; i < 500; i++) {
      expected.add(i);
    }
    trial.answers(
        expected,
        () -> {
          for (int i = 0; i < 500; i++) {
            int number = i;
            worker.schedule(
                () -> {
                  order.add(number);
                  ran.countDown();
                },
                5,
                TimeUnit.MILLISECONDS);
          }
          Patience.await(ran);
          return order;
        });
  }

  @Rule(
      value = "Tasks of a Worker run in the order of their times.",
      needs = {TIME, SERIAL_WORKERS})
  void tasksRunInTheOrderOfTheirTimes(Trial trial) throws Exception {
    List<Due> order = new ArrayList<>();
    CountDownLatch ran = new CountDownLatch(4);
    Gate gate = trial.gate();
    Scheduler.Worker worker = trial.worker();

    trial.answers(
        List.of(),
        () -> {
          worker.schedule(gate::pass);
          for (int delay : new int[] {150, 50, 100, 0}) {
            Due due = new Due(delay);
            due.schedule(
                worker,
                () -> {
                  order.add(due);
                  ran.countDown();
                });
          }
          gate.open();
          Patience.await(ran);
          return disorder(order);
        });
  }

  /** A delay, and between which times it ends: whoever schedules may be held up meanwhile. */
  private static final class Due {
    final int delay;
    private long earliest;
    private long latest;

    Due(int delay) {
      this.delay = delay;
    }

    void schedule(Scheduler.Worker worker, Runnable task) {
      earliest = System.nanoTime();
      if (delay == 0) {
        worker.schedule(task);
      } else {
        worker.schedule(task, delay, TimeUnit.MILLISECONDS);
      }
      latest = System.nanoTime();
    }

    boolean isSurelyBefore(Due other) {
      long between = TimeUnit.MILLISECONDS.toNanos(other.delay - delay - 1); // or it is rounded up
      return latest - other.earliest < between;
    }
  }

  /** Which ran before which, and should not; what waits for no time may always be early. */
  private static List<String> disorder(List<Due> order) {
    List<String> wrong = new ArrayList<>();
    for (int i = 0; i < order.size(); i++) {
      Due early = order.get(i);
      for (Due late : order.subList(i + 1, order.size())) {
        if (early.delay > 0 && late.isSurelyBefore(early)) {
          wrong.add(early.delay + " before " + late.delay);
        }
      }
    }
    return wrong;
  }

  @Rule("The time in milliseconds is that on the wall.")
  void theTimeIsThatOnTheWall(Trial trial) throws Exception {
    trial.answers(
        true,
        () -> {
          long before = System.currentTimeMillis();
          long now = trial.scheduler().now(TimeUnit.MILLISECONDS);
          long after = System.currentTimeMillis();
          return before - 1_000 < now && now < after + 1_000;
        });
  }

  @Rule(value = "The time agrees with the delays.", needs = TIME)
  void theTimeAgreesWithTheDelays(Trial trial) throws Exception {
    trial.answers(
        EnumSet.noneOf(TimeUnit.class),
        () -> {
          EnumSet<TimeUnit> wrong = EnumSet.noneOf(TimeUnit.class);
          for (TimeUnit unit : EnumSet.of(TimeUnit.NANOSECONDS, TimeUnit.MICROSECONDS)) {
            long before = trial.scheduler().now(unit);
            passes(trial, 20);
            long passed = trial.scheduler().now(unit) - before;
            if (passed < unit.convert(20, TimeUnit.MILLISECONDS)) {
              wrong.add(unit);
            }
          }
          return wrong;
        });
  }

  @Rule(
      value = "A delayed task of a Worker waits for the task that runs, however long that takes.",
      needs = {OWN_THREADS, TIME, SERIAL_WORKERS})
  void aDelayedTaskWaitsForTheOneThatRuns(Trial trial) throws Exception {
    Gate gate = trial.gate();
    AtomicInteger runs = new AtomicInteger();
    CountDownLatch ran = new CountDownLatch(1);
    Scheduler.Worker worker = trial.worker();

    trial.answers(
        false,
        () -> {
          worker.schedule(gate::pass);
          gate.awaitReached();
          worker.schedule(
              () -> {
                runs.incrementAndGet();
                ran.countDown();
              },
              1,
              TimeUnit.MILLISECONDS);
          boolean early = Patience.comesTrue(() -> runs.get() > 0, Duration.ofMillis(30));
          gate.open();
          Patience.await(ran);
          return early;
        });
  }
}
