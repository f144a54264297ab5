/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static java.time.Duration.ofDays;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.picot.loop.LoopThread;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ManualLoopsTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final ManualLoops loops = schedulers.manual();
  private final LoopScheduler scheduler = loops.scheduler();

  @Test
  void nothingRuns_untilSomebodyDrives() {
    CallbackThread<String> thread = scheduler.spawn(Task.value("a"));

    assertThat(thread.state()).isEqualTo(CallbackThread.State.ACTIVE);
    loops.run();

    assertThat(thread.outcome()).contains(new Outcome.Completed<>("a"));
  }

  @Test
  void stepsAndBlockingCalls_areMadeByTheCallingThread() {
    Set<Thread> threads = new HashSet<>();
    scheduler.spawn(
        Task.run(() -> threads.add(Thread.currentThread()))
            .then(Task.blockingRun(() -> threads.add(Thread.currentThread())))
            .then(Task.sleep(ofMillis(2)))
            .then(Task.run(() -> threads.add(Thread.currentThread()))));
    scheduler.executor().execute(() -> threads.add(Thread.currentThread()));

    loops.run();

    assertThat(threads).containsExactly(Thread.currentThread());
    assertThat(scheduler.stats().elastic().completed()).isOne();
  }

  @Test
  void aManualScheduler_startsNoLoopThreadAndNoElasticThread() {
    scheduler.spawn(Task.blockingRun(() -> {}));

    loops.run();

    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .noneMatch(name -> name.startsWith("manual-"));
  }

  @Test
  void current_isTheCallbackThread_withinItsStepsOnly() {
    CallbackThread<Optional<CallbackThread<?>>> thread =
        scheduler.spawn(Task.call(CallbackThread::current));
    CallbackThread<Optional<CallbackThread<?>>> away =
        scheduler.spawn(Task.blocking(CallbackThread::current));

    loops.run();

    assertThat(Deadline.value(thread)).containsSame(thread);
    assertThat(Deadline.value(away)).isEmpty();
    assertThat(CallbackThread.current()).isEmpty();
    assertThat(LoopThread.current()).isNull();
  }

  @Test
  void run_withoutWork_returns() {
    loops.run();

    assertThat(scheduler.stats().live()).isZero();
  }

  @Test
  void run_waitsForAnotherThread() {
    CompletableFuture<String> future = new CompletableFuture<>();
    CallbackThread<String> thread = scheduler.spawn(Task.await(future));
    scheduler.spawn(Task.run(() -> new Thread(() -> future.complete("late")).start()));

    loops.run();

    assertThat(Deadline.value(thread)).isEqualTo("late");
  }

  @Test
  void runUntilIdle_leavesSleepersAsleep() {
    List<String> log = new ArrayList<>();
    CallbackThread<Void> sleeping =
        scheduler.spawn(Task.sleep(ofHours(1)).then(Task.run(() -> log.add("woke"))));
    scheduler.spawn(Task.yieldNow().then(Task.run(() -> log.add("ran"))));

    loops.runUntilIdle();

    assertThat(log).containsExactly("ran");
    assertThat(sleeping.state()).isEqualTo(CallbackThread.State.WAITING);
    sleeping.cancel();
    loops.run();
    assertThat(sleeping.state()).isEqualTo(CallbackThread.State.CANCELLED);
  }

  @Test
  void block_drives() throws Exception {
    CallbackThread<String> thread =
        scheduler.spawn(Task.sleep(ofMillis(5)).then(Task.blocking(() -> "a")));

    assertThat(thread.block(ofSeconds(10))).isEqualTo("a");
  }

  @Test
  void block_givesUpAfterItsLimit() {
    CallbackThread<Void> thread = scheduler.spawn(Task.never());

    assertThatThrownBy(() -> thread.block(ofMillis(5))).isInstanceOf(TimeoutException.class);
    thread.cancel();
  }

  @Test
  void block_ofAnInterruptedThread_throws_andClearsTheFlag() {
    CallbackThread<Void> thread = scheduler.spawn(Task.never());
    Thread.currentThread().interrupt();

    assertThatThrownBy(() -> thread.block(ofSeconds(10))).isInstanceOf(InterruptedException.class);

    assertThat(Thread.interrupted()).isFalse();
    thread.cancel();
  }

  @Test
  void block_withinABlockingCall_goesOnDriving() {
    CallbackThread<String> inner =
        scheduler.spawn(Task.sleep(ofMillis(5)).then(Task.blocking(() -> "inner")));
    CallbackThread<String> outer = scheduler.spawn(Task.blocking(() -> inner.block(ofSeconds(10))));

    loops.run();

    assertThat(Deadline.value(outer)).isEqualTo("inner");
  }

  @Test
  void run_withinABlockingCall_fails_andNamesTheThread() {
    CallbackThread<Void> thread = scheduler.spawn(Task.blockingRun(loops::run));

    loops.run();

    assertThat(Deadline.error(thread))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(Thread.currentThread().getName())
        .hasMessageContaining("block(Duration)");
  }

  @Test
  void run_withinAStep_fails() {
    CallbackThread<Void> thread = scheduler.spawn(Task.run(loops::run));
    CallbackThread<Void> idle = scheduler.spawn(Task.run(loops::runUntilIdle));
    CallbackThread<Void> advance = scheduler.spawn(Task.run(() -> loops.advance(ofSeconds(1))));
    CallbackThread<Void> close = scheduler.spawn(Task.run(loops::close));

    loops.run();

    assertThat(List.of(thread, idle, advance, close))
        .allSatisfy(t -> assertThat(Deadline.error(t)).isInstanceOf(BlockedOnLoopException.class));
    assertThat(Deadline.error(thread)).hasMessageContaining("run() of manual scheduler 'manual'");
  }

  @Test
  void run_onALoopOfAnotherScheduler_fails() {
    assertThat(Deadline.error(schedulers.one().spawn(Task.run(loops::run))))
        .isInstanceOf(BlockedOnLoopException.class);
  }

  @Test
  void run_whileAnotherThreadDrives_fails_andNamesBoth() {
    Gate gate = schedulers.gate();
    scheduler.spawn(Task.run(gate::pass));
    Thread driver = driving();
    gate.awaitArrival();

    assertThatThrownBy(loops::run)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("'" + driver.getName() + "'")
        .hasMessageContaining("'" + Thread.currentThread().getName() + "'");
    assertThatThrownBy(loops::runUntilIdle).isInstanceOf(IllegalStateException.class);

    gate.open();
    Deadline.join(driver);
  }

  @Test
  void block_whileAnotherThreadDrives_waits_andTakesOverWhenThatLeaves() throws Exception {
    Gate gate = schedulers.gate();
    CallbackThread<?> first = scheduler.spawn(Task.run(gate::pass));
    CallbackThread<String> second =
        scheduler.spawn(Task.sleep(ofMillis(20)).then(Task.value("second")));
    Thread driver =
        started(
            () -> {
              try {
                first.block(ofSeconds(10));
              } catch (TimeoutException | InterruptedException e) {
                throw new AssertionError(e);
              }
            });
    gate.awaitArrival();
    Thread opener = started(gate::open);

    assertThat(second.block(ofSeconds(10))).isEqualTo("second");

    Deadline.join(driver);
    Deadline.join(opener);
  }

  @Test
  void block_whileAnotherThreadDrives_isToldOfTheEnd() throws Exception {
    Gate gate = schedulers.gate();
    CallbackThread<?> never = scheduler.spawn(Task.run(gate::pass).then(Task.never()));
    Thread driver = driving();
    gate.awaitArrival();
    CallbackThread<String> thread = scheduler.spawn(Task.value("a"));
    gate.open();

    assertThat(thread.block(ofSeconds(10))).isEqualTo("a");

    never.cancel();
    Deadline.join(driver);
  }

  @Test
  void spawnedByAnotherThread_wakesTheDriver() {
    CallbackThread<?> never = scheduler.spawn(Task.never());
    Thread driver = driving();

    for (int i = 0; i < 1_000; i++) {
      assertThat(Deadline.value(scheduler.spawn(Task.value(i)))).isEqualTo(i);
    }

    never.cancel();
    Deadline.join(driver);
  }

  @Test
  void anInterruptedDriver_returns_stillInterrupted() {
    CallbackThread<?> never = scheduler.spawn(Task.never());
    AtomicReference<@Nullable Boolean> interrupted = new AtomicReference<>();
    Thread driver =
        started(
            () -> {
              loops.run();
              interrupted.set(Thread.currentThread().isInterrupted());
            });

    driver.interrupt();
    Deadline.join(driver);

    assertThat(interrupted).hasValue(true);
    assertThat(never.state()).isNotEqualTo(CallbackThread.State.CANCELLED);
    never.cancel();
  }

  @Test
  void aFlagThatAStepLeaves_reachesNoOtherStep_butTheDriver() {
    scheduler.spawn(Task.run(() -> Thread.currentThread().interrupt()));
    CallbackThread<Boolean> next =
        scheduler.spawn(Task.call(() -> Thread.currentThread().isInterrupted()));

    loops.run();

    assertThat(Thread.interrupted()).isTrue();
    assertThat(Deadline.value(next)).isFalse();
  }

  @Test
  void aDump_canBeTaken_whileNobodyDrives() {
    scheduler.spawn(Task.<Void>never().named("waits"));
    loops.runUntilIdle();
    scheduler.spawn(Task.<Void>never().named("new"));

    assertThat(scheduler.inspect().callbackThreads())
        .extracting(CallbackThreadInfo::name)
        .containsExactlyInAnyOrder("waits", "new");
  }

  @Test
  void close_byAnotherThread_endsARun() {
    CallbackThread<?> never = scheduler.spawn(Task.never());
    Thread driver = driving();

    scheduler.closeNow();

    Deadline.join(driver);
    assertThat(never.state()).isEqualTo(CallbackThread.State.CANCELLED);
    assertThat(scheduler.onClosed().toCompletableFuture()).isCompleted();
  }

  @Test
  void close_whileNobodyDrives_drivesToTheEnd() {
    List<String> log = new ArrayList<>();
    scheduler.spawn(Task.sleep(ofMillis(5)).then(Task.run(() -> log.add("finished"))));

    loops.close();

    assertThat(log).containsExactly("finished");
    assertThat(scheduler.onClosed().toCompletableFuture()).isCompleted();
  }

  @Test
  void close_whileAnotherThreadDrives_waitsForIt() {
    Gate gate = schedulers.gate();
    scheduler.spawn(Task.run(gate::pass));
    Thread driver = driving();
    gate.awaitArrival();
    Thread opener = started(gate::open);

    loops.close();

    assertThat(scheduler.onClosed().toCompletableFuture()).isCompleted();
    Deadline.join(driver);
    Deadline.join(opener);
  }

  @Test
  void afterClosing_nothingIsTaken_andDrivingDoesNothing() {
    loops.close();

    assertThatThrownBy(() -> scheduler.spawn(Task.done()))
        .isInstanceOf(SchedulerClosedException.class);
    loops.run();
    loops.runUntilIdle();
  }

  @Test
  void advance_bySystemTime_fails_withTheRemedy() {
    assertThatThrownBy(() -> loops.advance(ofSeconds(1)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("Builder.manualInVirtualTime()");
  }

  @Test
  void advance_runsEverybodyAtTheirTime_andTakesNone() {
    ManualLoops virtual = schedulers.manualInVirtualTime(1);
    List<String> log = new ArrayList<>();
    virtual.scheduler().spawn(ticking(log, "a", 2, 0));
    virtual.scheduler().spawn(ticking(log, "b", 3, 0));

    virtual.advance(ofHours(6));

    assertThat(log).containsExactly("a2", "b3", "a4", "b6", "a6");
    virtual.advance(ofHours(2));
    assertThat(log).endsWith("a6", "a8");
  }

  private static Task<Void> ticking(List<String> log, String name, int hours, int now) {
    return Task.sleep(ofHours(hours))
        .flatMap(
            slept -> {
              log.add(name + (now + hours));
              return ticking(log, name, hours, now + hours);
            });
  }

  @Test
  void elapsed_isVirtualTime_alsoInSteps() {
    ManualLoops virtual = schedulers.manualInVirtualTime(1);
    CallbackThread<Duration> thread =
        virtual.scheduler().spawn(Task.sleep(ofSeconds(2)).map(slept -> virtual.elapsed()));
    assertThat(virtual.elapsed()).isZero();

    virtual.advance(ofHours(1));

    assertThat(virtual.elapsed()).isEqualTo(ofHours(1));
    assertThat(Deadline.value(thread)).isEqualTo(ofSeconds(2));
  }

  @Test
  void elapsed_bySystemTime_grows() {
    Duration before = loops.elapsed();
    CallbackThread<Void> thread = loops.scheduler().spawn(Task.sleep(ofMillis(5)));
    loops.run();

    assertThat(thread.state()).isEqualTo(CallbackThread.State.COMPLETED);
    assertThat(loops.elapsed().minus(before)).isGreaterThanOrEqualTo(ofMillis(5));
  }

  @Test
  void advance_stopsBeforeALaterTimer() {
    ManualLoops virtual = schedulers.manualInVirtualTime(1);
    CallbackThread<Void> thread = virtual.scheduler().spawn(Task.sleep(ofSeconds(2)));

    virtual.advance(ofMillis(1_999));
    assertThat(thread.state()).isEqualTo(CallbackThread.State.WAITING);

    virtual.advance(ofMillis(1));
    assertThat(thread.state()).isEqualTo(CallbackThread.State.COMPLETED);
  }

  @Test
  void run_inVirtualTime_takesNone() {
    ManualLoops virtual = schedulers.manualInVirtualTime(1);
    CallbackThread<Void> thread = virtual.scheduler().spawn(Task.sleep(ofDays(365)));

    virtual.run();

    assertThat(thread.state()).isEqualTo(CallbackThread.State.COMPLETED);
  }

  @Test
  void timeouts_inVirtualTime_comeInTime() {
    ManualLoops virtual = schedulers.manualInVirtualTime(1);
    CallbackThread<Void> late =
        virtual.scheduler().spawn(Task.sleep(ofSeconds(3)).timeout(ofSeconds(2)));
    CallbackThread<Void> early =
        virtual.scheduler().spawn(Task.sleep(ofSeconds(1)).timeout(ofSeconds(2)));

    virtual.run();

    assertThat(Deadline.error(late)).isInstanceOf(TaskTimeoutException.class);
    assertThat(Deadline.value(early)).isNull();
  }

  @Test
  void block_inVirtualTime_countsItsLimitInIt() {
    ManualLoops virtual = schedulers.manualInVirtualTime(1);
    CallbackThread<Void> thread = virtual.scheduler().spawn(Task.sleep(ofHours(2)));

    assertThatThrownBy(() -> thread.block(ofHours(1))).isInstanceOf(TimeoutException.class);
    virtual.advance(ofHours(1));

    assertThat(thread.state()).isEqualTo(CallbackThread.State.COMPLETED);
  }

  @Test
  void close_inVirtualTime_cancelsAtOnce() {
    ManualLoops virtual = schedulers.manualInVirtualTime(1);
    List<String> log = new ArrayList<>();
    CallbackThread<Void> thread =
        virtual.scheduler().spawn(Task.sleep(ofHours(1)).doFinally(o -> log.add("finally")));
    virtual.runUntilIdle();

    virtual.close();

    assertThat(thread.state()).isEqualTo(CallbackThread.State.CANCELLED);
    assertThat(log).containsExactly("finally");
  }

  @Test
  void severalLoops_areDrivenByOneThread() {
    ManualLoops four = schedulers.manualInVirtualTime(4);
    Set<String> names = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      four.scheduler()
          .spawn(
              Task.run(() -> names.add(LoopThread.current().loop().name()))
                  .then(Task.sleep(ofSeconds(1))));
    }

    four.run();

    assertThat(names).containsExactlyInAnyOrder("manual-1", "manual-2", "manual-3", "manual-4");
  }

  private Thread driving() {
    return started(loops::run);
  }

  private static Thread started(Runnable action) {
    Thread thread = new Thread(action, "other-driver");
    thread.start();
    return thread;
  }
}
