/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.picot.CallbackThread;
import dev.picot.LoopScheduler;
import dev.picot.Stats;
import dev.picot.Task;
import dev.picot.loop.Loop;
import dev.picot.loop.LoopGroup;
import dev.picot.loop.LoopThread;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;

class LoopWorkerTest {
  @RegisterExtension private final Loops loops = new Loops();
  @RegisterExtension private final LogCapture log = new LogCapture();

  private final LoopScheduler scheduler = loops.make("checkout");

  private final Scheduler view = CallbackSchedulers.of(scheduler);

  @Test
  void runsTasksInOrderNeverTwoAtATimeAndOnOneLoop() throws Exception {
    int producers = 4;
    int each = 5_000;
    Scheduler.Worker worker = view.createWorker();
    CountDownLatch done = new CountDownLatch(producers * each);
    AtomicBoolean running = new AtomicBoolean();
    AtomicInteger overlaps = new AtomicInteger();
    Set<String> threads = ConcurrentHashMap.newKeySet();
    List<List<Integer>> seen = new ArrayList<>();

    List<Thread> started = new ArrayList<>();
    for (int p = 0; p < producers; p++) {
      List<Integer> mine = new ArrayList<>();
      seen.add(mine);
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
                        mine.add(number);
                        threads.add(Thread.currentThread().getName());
                        running.set(false);
                        done.countDown();
                      });
                }
              },
              "producer-" + p);
      started.add(producer);
      producer.start();
    }

    Loops.await(done);
    assertThat(overlaps).hasValue(0);
    assertThat(threads).hasSize(1);
    assertThat(seen).allSatisfy(numbers -> assertThat(numbers).hasSize(each).isSorted());
    for (Thread producer : started) {
      producer.join();
    }
  }

  @Test
  void workersAreSpreadOverTheLoops() throws Exception {
    Set<String> threads = ConcurrentHashMap.newKeySet();
    CountDownLatch ran = new CountDownLatch(2);

    for (int i = 0; i < 2; i++) {
      view.createWorker()
          .schedule(
              () -> {
                threads.add(Thread.currentThread().getName());
                ran.countDown();
              });
    }

    Loops.await(ran);
    assertThat(threads).isEqualTo(new HashSet<>(List.of("checkout-1", "checkout-2")));
  }

  @Test
  void periodicTaskDisposedBeforeItIsStarted_isNotKept() throws Exception {
    SchedulerView ours = (SchedulerView) view;
    Loop home =
        CompletableFuture.supplyAsync(() -> LoopThread.current().loop(), view::schedule).get();
    TimedTask task = new TimedTask(() -> {}, ours, null, home, home.now(), 1);
    task.dispose();
    ours.start(task, home);
    List<WeakReference<TimedTask>> past = List.of(new WeakReference<>(task));
    task = null;

    Loops.awaitCollected(past);
  }

  @Test
  void periodicTasksEndWithTheWorker() throws Exception {
    Scheduler.Worker worker = view.createWorker();
    CountDownLatch ran = new CountDownLatch(3);
    Disposable task = worker.schedulePeriodically(ran::countDown, 1, 1, TimeUnit.MILLISECONDS);
    Loops.await(ran);

    worker.dispose();

    assertThat(task.isDisposed()).isTrue();
    Loops.await(() -> Loops.waitingTasks(scheduler) == 0);
  }

  @Test
  void workersTakeNoPermitAndAreNowhereWithoutTasks() throws Exception {
    LoopScheduler small = loops.make("small", builder -> builder.loops(1).maxCallbackThreads(1));
    CallbackThread<?> only = small.spawn(Task.never());
    Scheduler workers = CallbackSchedulers.of(small);
    CountDownLatch ran = new CountDownLatch(1_000);

    for (int i = 0; i < 1_000; i++) {
      workers.createWorker().schedule(ran::countDown);
    }

    Loops.await(ran);
    assertThat(small.stats().live()).isOne();
    assertThat(small.stats().refused()).isZero();
    Loop loop = LoopGroup.of(small).loops().get(0);
    Loops.await(() -> loop.tasks().equals(List.of(only)));
  }

  @Test
  void disposingDropsWhatWaitsAndRefusesMore() throws Exception {
    Scheduler.Worker worker = view.createWorker();
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch gate = new CountDownLatch(1);
    AtomicInteger ran = new AtomicInteger();
    worker.schedule(
        () -> {
          running.countDown();
          Blockers.pass(gate);
        });
    Disposable queued = worker.schedule(ran::incrementAndGet);
    Disposable timed = worker.schedule(ran::incrementAndGet, 1, TimeUnit.MILLISECONDS);
    Loops.await(running);

    worker.dispose();
    worker.dispose();
    gate.countDown();

    assertThatThrownBy(() -> worker.schedule(() -> {}))
        .isInstanceOf(RejectedExecutionException.class);
    Loops.await(queued::isDisposed);
    assertThat(timed.isDisposed()).isTrue();
    assertThat(ran).hasValue(0);
  }

  @Test
  void aTaskMayScheduleAndDisposeItsOwnWorker() throws Exception {
    Scheduler.Worker worker = view.createWorker();
    CountDownLatch ran = new CountDownLatch(1);

    worker.schedule(
        () ->
            worker.schedule(
                () -> {
                  worker.dispose();
                  ran.countDown();
                }));

    Loops.await(ran);
    assertThat(worker.isDisposed()).isTrue();
  }

  @Test
  void aTaskThatThrowsDoesNotStopTheOthers() throws Exception {
    Scheduler.Worker worker = view.createWorker();
    CountDownLatch ran = new CountDownLatch(1);

    worker.schedule(
        () -> {
          throw new StackOverflowError("broken");
        });
    worker.schedule(ran::countDown);

    Loops.await(ran);
  }

  @Test
  void manyTasksLeaveTheLoopToOthers() throws Exception {
    LoopScheduler one = loops.make("one", builder -> builder.loops(1));
    Scheduler.Worker busy = CallbackSchedulers.of(one).createWorker();
    AtomicInteger left = new AtomicInteger(100_000);
    CountDownLatch gate = new CountDownLatch(1);
    CountDownLatch done = new CountDownLatch(1);
    busy.schedule(() -> Blockers.pass(gate));
    for (int i = 0; i < 100_000; i++) {
      busy.schedule(
          () -> {
            if (left.decrementAndGet() == 0) {
              done.countDown();
            }
          });
    }
    var other = one.spawn(Task.call(left::get));
    gate.countDown();

    assertThat(other.block(Loops.PATIENCE)).isPositive();
    Loops.await(done);
  }

  @Test
  void neverMissesATaskHoweverTheRaceGoes() throws Exception {
    LoopScheduler one = loops.make("one", builder -> builder.loops(1));
    Scheduler.Worker worker = CallbackSchedulers.of(one).createWorker();

    for (int round = 0; round < 20_000; round++) {
      CountDownLatch both = new CountDownLatch(2);
      worker.schedule(both::countDown);
      worker.schedule(both::countDown);
      Loops.await(both);
    }
  }

  @Test
  void aStuckTaskHoldsUpItsWorkerOnlyAndTheWorkerGoesOnInOrder() throws Exception {
    LoopScheduler one =
        loops.make(
            "one",
            builder -> builder.loops(1).watchdog(w -> w.takeoverAfter(Duration.ofMillis(100))));
    Scheduler single = CallbackSchedulers.of(one);
    Scheduler.Worker stuck = single.createWorker();
    CountDownLatch gate = new CountDownLatch(1);
    CountDownLatch done = new CountDownLatch(1);
    List<Integer> order = new ArrayList<>();
    List<Integer> offTheLoop = new ArrayList<>();
    stuck.schedule(
        () -> {
          Blockers.pass(gate);
          order.add(1);
        });
    for (int i = 2; i <= 200; i++) {
      int number = i;
      stuck.schedule(
          () -> {
            order.add(number);
            if (!Loops.isOn(one)) {
              offTheLoop.add(number);
            }
          });
    }
    stuck.schedule(() -> order.add(201), 1, TimeUnit.MILLISECONDS);

    assertThat(one.spawn(Task.value("others go on")).block(Loops.PATIENCE)).isNotNull();
    CountDownLatch other = new CountDownLatch(1);
    single.createWorker().schedule(other::countDown);
    Loops.await(other);
    Loops.awaitDetached(one);
    assertThat(order).isEmpty();
    Loops.await(() -> Loops.waitingTasks(one) == 0); // the timer is due
    gate.countDown();
    stuck.schedule(done::countDown);

    Loops.await(done);
    assertThat(order).hasSize(201).isSorted();
    assertThat(offTheLoop).isEmpty();
  }

  @Test
  void aTaskThatIsNeverDue_leavesNoTraceInTheFigures() {
    view.schedule(() -> {}, Long.MAX_VALUE, TimeUnit.NANOSECONDS).dispose();

    Loops.await(
        () ->
            scheduler.stats().perLoop().stream()
                .allMatch(loop -> loop.timers() == 0 && loop.waiting() == 0));
    view.schedule(() -> {}, 1, TimeUnit.HOURS);
    Loops.await(() -> scheduler.stats().perLoop().stream().mapToInt(Stats.Loop::timers).sum() == 1);
    assertThat(scheduler.stats().perLoop()).allMatch(loop -> loop.waiting() == 0);
  }

  @Test
  void acceptsTasksWhileCallbackThreadsAreBeingFinished() throws Exception {
    Scheduler.Worker worker = view.createWorker();
    CountDownLatch waiting = new CountDownLatch(1);
    CountDownLatch asked = new CountDownLatch(1);
    var thread =
        scheduler.spawn(
            Task.async(
                sink -> {
                  waiting.countDown();
                  asked.await();
                  worker.schedule(() -> sink.success("finished"), 5, TimeUnit.MILLISECONDS);
                }));
    Loops.await(waiting);

    scheduler.shutdown(Loops.PATIENCE);
    asked.countDown();

    assertThat(thread.block(Loops.PATIENCE)).isEqualTo("finished");
  }
}
