/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.picot.LoopScheduler;
import dev.picot.Task;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.Disposable;
import reactor.core.Scannable;
import reactor.core.Scannable.Attr;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

/** What a view promises as a whole; Workers are in {@link LoopWorkerTest}. */
class CallbackSchedulersTest {
  private static final Duration LONG = Duration.ofHours(1);

  @RegisterExtension private final Loops loops = new Loops();
  @RegisterExtension private final LogCapture log = new LogCapture();

  private final LoopScheduler scheduler = loops.make("checkout");
  private final Scheduler view = CallbackSchedulers.of(scheduler);

  @AfterEach
  void resetHooks() {
    Schedulers.resetOnScheduleHooks();
    Schedulers.resetOnHandleError();
  }

  @Test
  void runsATaskOnALoop() throws Exception {
    AtomicBoolean onLoop = new AtomicBoolean();
    CountDownLatch ran = new CountDownLatch(1);

    Disposable task =
        view.schedule(
            () -> {
              onLoop.set(Loops.isOn(scheduler));
              ran.countDown();
            });

    Loops.await(ran);
    assertThat(onLoop).isTrue();
    Loops.await(task::isDisposed);
  }

  @Test
  void runsADelayedTaskNeverEarly() throws Exception {
    CountDownLatch ran = new CountDownLatch(20);
    List<Long> early = new CopyOnWriteArrayList<>();

    for (int i = 1; i <= 20; i++) {
      long due = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(i);
      view.schedule(
          () -> {
            if (System.nanoTime() < due) {
              early.add(due);
            }
            ran.countDown();
          },
          i,
          TimeUnit.MILLISECONDS);
    }

    Loops.await(ran);
    assertThat(early).isEmpty();
  }

  @Test
  void runsAPeriodicTaskUntilItIsDisposed() throws Exception {
    CountDownLatch ran = new CountDownLatch(5);

    Disposable task = view.schedulePeriodically(ran::countDown, 1, 2, TimeUnit.MILLISECONDS);
    Loops.await(ran);
    task.dispose();

    assertThat(task.isDisposed()).isTrue();
    Loops.await(() -> Loops.waitingTasks(scheduler) == 0);
  }

  @Test
  void repeatsAtAFixedRateAlsoWhenATaskTakesLong() throws Exception {
    CountDownLatch ran = new CountDownLatch(6);
    CountDownLatch gate = new CountDownLatch(1);
    long began = System.nanoTime();

    view.schedulePeriodically(
        () -> {
          if (ran.getCount() == 6) {
            Blockers.pass(gate);
          }
          ran.countDown();
        },
        10,
        10,
        TimeUnit.MILLISECONDS);
    Blockers.sleep(Duration.ofMillis(60));
    gate.countDown();

    Loops.await(ran);
    assertThat(System.nanoTime() - began).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(60));
  }

  @Test
  void repeatsWithoutPauseIfThePeriodIsZeroAndLetsOthersRun() throws Exception {
    CountDownLatch repeated = new CountDownLatch(1_000);
    CountDownLatch other = new CountDownLatch(1);
    LoopScheduler one = loops.make("one", builder -> builder.loops(1));
    Scheduler single = CallbackSchedulers.of(one);

    single.schedulePeriodically(repeated::countDown, 0, 0, TimeUnit.MILLISECONDS);
    single.schedule(other::countDown);

    Loops.await(repeated);
    Loops.await(other);
  }

  @Test
  void forgetsDelayedTasksThatWereDisposed() {
    List<Disposable> tasks = new CopyOnWriteArrayList<>();
    for (int i = 0; i < 100; i++) {
      tasks.add(view.schedule(() -> {}, LONG.toMillis(), TimeUnit.MILLISECONDS));
    }
    Loops.await(() -> Loops.waitingTasks(scheduler) == 100);

    tasks.forEach(Disposable::dispose);

    Loops.await(() -> Loops.waitingTasks(scheduler) == 0);
  }

  @Test
  void keepsWhatIsDueNever() {
    view.schedule(() -> {}, Long.MAX_VALUE, TimeUnit.DAYS);

    Loops.await(() -> Loops.waitingTasks(scheduler) == 1);
  }

  @Test
  void disposingDoesNotInterrupt() throws Exception {
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch gate = new CountDownLatch(1);
    CountDownLatch done = new CountDownLatch(1);
    AtomicBoolean interrupted = new AtomicBoolean();
    Disposable task =
        view.schedule(
            () -> {
              running.countDown();
              interrupted.set(Blockers.pass(gate));
              done.countDown();
            });
    Loops.await(running);

    task.dispose();
    view.dispose();
    gate.countDown();

    Loops.await(done);
    assertThat(interrupted).isFalse();
  }

  @Test
  void passesEachTaskThroughTheHooksOnceOnAllEntryPoints() throws Exception {
    Map<Runnable, Integer> decorated = new ConcurrentHashMap<>();
    CountDownLatch ran = new CountDownLatch(6 * 3);
    Schedulers.onScheduleHook(
        "count",
        task -> {
          decorated.merge(task, 1, Integer::sum);
          return () -> {
            ran.countDown();
            task.run();
          };
        });
    Scheduler.Worker worker = view.createWorker();

    for (int i = 0; i < 3; i++) {
      view.schedule(new Named());
      view.schedule(new Named(), 1, TimeUnit.MILLISECONDS);
      worker.schedule(new Named());
      worker.schedule(new Named(), 1, TimeUnit.MILLISECONDS);
    }
    view.schedulePeriodically(new Named(), 0, 1, TimeUnit.MILLISECONDS);
    worker.schedulePeriodically(new Named(), 0, 1, TimeUnit.MILLISECONDS);

    Loops.await(ran);
    assertThat(decorated).hasSize(14).allSatisfy((task, times) -> assertThat(times).isEqualTo(1));
  }

  /** A user's task, each its own. */
  private static final class Named implements Runnable {
    @Override
    public void run() {}
  }

  @Test
  void refusesNull() {
    assertThatThrownBy(() -> view.schedule(null))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("task");
  }

  @Test
  void refusesTasksOnceItIsDisposed() {
    view.dispose();

    assertThat(view.isDisposed()).isTrue();
    refusesEverything(view);
  }

  @Test
  void refusesTasksOnceItsLoopSchedulerIsClosed() {
    scheduler.close();

    assertThat(view.isDisposed()).isTrue();
    refusesEverything(view);
  }

  private static void refusesEverything(Scheduler disposed) {
    Scheduler.Worker worker = disposed.createWorker();
    assertThat(worker.isDisposed()).isTrue();
    assertThat(
            List.<org.assertj.core.api.ThrowableAssert.ThrowingCallable>of(
                () -> disposed.schedule(() -> {}),
                () -> disposed.schedule(() -> {}, 1, TimeUnit.MILLISECONDS),
                () -> disposed.schedulePeriodically(() -> {}, 1, 1, TimeUnit.MILLISECONDS),
                () -> worker.schedule(() -> {}),
                () -> worker.schedule(() -> {}, 1, TimeUnit.MILLISECONDS),
                () -> worker.schedulePeriodically(() -> {}, 1, 1, TimeUnit.MILLISECONDS)))
        .allSatisfy(
            call ->
                assertThatThrownBy(call)
                    .isInstanceOf(RejectedExecutionException.class)
                    .hasMessageContaining("'checkout' refused a task"));
  }

  @Test
  void disposingAViewLeavesTheLoopSchedulerAndOtherViewsAlone() throws Exception {
    view.dispose();

    CountDownLatch ran = new CountDownLatch(1);
    CallbackSchedulers.of(scheduler).schedule(ran::countDown);
    Loops.await(ran);
    assertThat(scheduler.spawn(Task.value(1)).block(Loops.PATIENCE)).isEqualTo(1);
  }

  @Test
  void disposingDropsWhatWaits() {
    Scheduler.Worker worker = view.createWorker();
    List<Disposable> tasks =
        List.of(
            view.schedule(() -> {}, 1, TimeUnit.HOURS),
            view.schedulePeriodically(() -> {}, 1, 1, TimeUnit.HOURS),
            worker.schedule(() -> {}, 1, TimeUnit.HOURS),
            worker.schedulePeriodically(() -> {}, 1, 1, TimeUnit.HOURS));
    Loops.await(() -> Loops.waitingTasks(scheduler) == 4);

    view.dispose();

    Loops.await(() -> Loops.waitingTasks(scheduler) == 0);
    assertThat(tasks).allMatch(Disposable::isDisposed);
  }

  @Test
  void initIsForLiveViewsOnly() {
    view.init();
    view.init();
    view.dispose();

    assertThatIllegalStateException()
        .isThrownBy(view::init)
        .withMessageContaining("CallbackSchedulers.of(...)");
  }

  @Test
  void disposingGracefullyIsLazyAndFinishesWhatWaits() throws Exception {
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch gate = new CountDownLatch(1);
    AtomicInteger ran = new AtomicInteger();
    Scheduler.Worker worker = view.createWorker();
    worker.schedule(
        () -> {
          running.countDown();
          Blockers.pass(gate);
        });
    worker.schedule(ran::incrementAndGet);
    view.schedule(ran::incrementAndGet, 20, TimeUnit.MILLISECONDS);
    view.schedulePeriodically(() -> {}, 1, 1, TimeUnit.MILLISECONDS);
    Loops.await(running);

    var graceful = view.disposeGracefully();
    assertThat(view.isDisposed()).isFalse();
    StepVerifier.create(graceful.timeout(Duration.ofMillis(30)))
        .expectError(TimeoutException.class)
        .verify(Loops.PATIENCE);
    assertThat(view.isDisposed()).isTrue();
    refusesEverything(view);
    gate.countDown();

    StepVerifier.create(graceful).expectComplete().verify(Loops.PATIENCE);
    assertThat(ran).hasValue(2);
  }

  @Test
  void disposingEndsAGracefulDisposal() {
    view.schedule(() -> {}, LONG.toMillis(), TimeUnit.MILLISECONDS);

    StepVerifier.create(view.disposeGracefully())
        .expectSubscription()
        .expectNoEvent(Duration.ofMillis(20))
        .then(view::dispose)
        .expectComplete()
        .verify(Loops.PATIENCE);
  }

  @Test
  void disposingGracefullyWithoutTasksCompletesAtOnce() {
    StepVerifier.create(view.disposeGracefully()).expectComplete().verify(Loops.PATIENCE);
    StepVerifier.create(view.disposeGracefully()).expectComplete().verify(Loops.PATIENCE);
  }

  @Test
  void endsEachTaskOnceHoweverItsDisposalRacesWithItsTime() {
    Scheduler.Worker worker = view.createWorker();

    for (int round = 0; round < 5_000; round++) {
      int micros = round % 2_000;
      Disposable alone = view.schedule(() -> {}, micros, TimeUnit.MICROSECONDS);
      Disposable queued = worker.schedule(() -> {}, micros, TimeUnit.MICROSECONDS);
      Disposable periodic =
          worker.schedulePeriodically(() -> {}, micros, 500, TimeUnit.MICROSECONDS);
      if (round % 3 != 0) {
        alone.dispose();
        queued.dispose();
      }
      periodic.dispose();
    }

    StepVerifier.create(view.disposeGracefully()).expectComplete().verify(Loops.PATIENCE);
    Loops.await(() -> Loops.waitingTasks(scheduler) == 0);
  }

  @Test
  void reportsWhatATaskThrowsAndGoesOn() throws Exception {
    CountDownLatch repeated = new CountDownLatch(3);

    view.schedulePeriodically(
        () -> {
          repeated.countDown();
          throw new IllegalStateException("broken");
        },
        0,
        1,
        TimeUnit.MILLISECONDS);

    Loops.await(repeated);
    assertThat(log.await("Scheduler 'checkout': uncaught error on thread 'checkout-").getThrown())
        .hasMessage("broken");
  }

  @Test
  void reportsThatTheHookForErrorsFailed() throws Exception {
    Schedulers.onHandleError(
        (thread, error) -> {
          throw new IllegalStateException("the hook is broken");
        });

    view.schedule(
        () -> {
          throw new IllegalStateException("broken");
        });

    assertThat(log.await("uncaught error on thread 'checkout-").getThrown()).hasMessage("broken");
    assertThat(log.await("the handler of uncaught errors failed").getThrown())
        .hasStackTraceContaining("the hook is broken");
  }

  @Test
  void replacesTheDefaultSchedulersForAsLongAsAFactorySaysSo() {
    Schedulers.Snapshot before =
        Schedulers.setFactoryWithSnapshot(
            new Schedulers.Factory() {
              @Override
              public Scheduler newParallel(int parallelism, ThreadFactory threads) {
                return CallbackSchedulers.of(scheduler);
              }
            });
    try {
      assertThat(onLoopByDefault()).isTrue();
    } finally {
      Schedulers.resetFrom(before);
    }
    assertThat(onLoopByDefault()).isFalse();
  }

  private Boolean onLoopByDefault() {
    return Mono.delay(Duration.ofMillis(1))
        .map(zero -> Loops.isOn(scheduler))
        .block(Loops.PATIENCE);
  }

  @Test
  void tellsTheTimeOfItsTimers() throws Exception {
    CountDownLatch ran = new CountDownLatch(1);
    long before = view.now(TimeUnit.NANOSECONDS);
    long wallBefore = System.currentTimeMillis();
    long wall = view.now(TimeUnit.MILLISECONDS);
    assertThat(wall).isBetween(wallBefore - 1_000, System.currentTimeMillis() + 1_000);

    view.schedule(ran::countDown, 20, TimeUnit.MILLISECONDS);

    Loops.await(ran);
    assertThat(view.now(TimeUnit.NANOSECONDS) - before)
        .isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(20));
  }

  @Test
  void canBeScanned() {
    Scannable scannable = Scannable.from(view);

    assertThat(scannable.scan(Attr.NAME)).isEqualTo("callback(\"checkout\")").isEqualTo("" + view);
    assertThat(scannable.scan(Attr.CAPACITY)).isEqualTo(2);
    assertThat(scannable.scan(Attr.BUFFERED)).isZero();
    assertThat(scannable.scan(Attr.TERMINATED)).isFalse();
    assertThat(scannable.inners().map(inner -> inner.scan(Attr.NAME)))
        .containsExactly("checkout-1", "checkout-2");
    assertThat(scannable.inners().map(inner -> inner.scan(Attr.BUFFERED))).containsOnly(0);
    Scheduler.Worker worker = view.createWorker();
    assertThat(scannable.scan(Attr.BUFFERED)).isEqualTo(1);
    assertThat(Scannable.from(worker).scan(Attr.NAME)).isEqualTo("checkout.worker");
    worker.dispose();
    assertThat(scannable.scan(Attr.BUFFERED)).isZero();
    view.dispose();
    assertThat(scannable.scan(Attr.CANCELLED)).isTrue();
  }
}
