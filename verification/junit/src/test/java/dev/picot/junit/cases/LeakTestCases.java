/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit.cases;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.picot.CallbackThread;
import dev.picot.LoopScheduler;
import dev.picot.LoopStalledException;
import dev.picot.LostPermit;
import dev.picot.Task;
import dev.picot.junit.NoBlocking;
import dev.picot.junit.NoLeaks;
import dev.picot.junit.Simulation;
import dev.picot.junit.SimulationTest;
import dev.picot.reactor.CallbackSchedulers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Tests that leave something behind, and tests that do not. */
@NoLeaks
public class LeakTestCases {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration LONG = Duration.ofHours(1);

  /** The schedulers that were left open. */
  public static final List<LoopScheduler> OPEN = new CopyOnWriteArrayList<>();

  private static @Nullable LostPermit lost;
  private static CountDownLatch returns = new CountDownLatch(1);
  private LoopScheduler first;

  @BeforeEach
  void open(LoopScheduler scheduler) {
    first = scheduler;
    returns = new CountDownLatch(1);
  }

  @AfterEach
  void isTheSame(LoopScheduler scheduler) {
    assertThat(scheduler).isSameAs(first);
  }

  /** Lets go whatever waits, when the test is over. */
  public static void release() {
    returns.countDown();
    if (lost != null) {
      lost.close();
      lost = null;
    }
    OPEN.forEach(LoopScheduler::closeNow);
    OPEN.forEach(LoopScheduler::close);
    OPEN.clear();
  }

  // region parameter
  @Test
  void sells(LoopScheduler scheduler) throws Exception {
    CallbackThread<String> buyer = scheduler.spawn("buyer", Task.call(() -> "sold"));

    assertThat(buyer.block(PATIENCE)).isEqualTo("sold");
  }

  // end region

  @Test
  void closesWhatItMakes() throws Exception {
    try (LoopScheduler made = LoopScheduler.create("made")) {
      made.spawn(Task.done()).block(PATIENCE);
    }
  }

  @Test
  void endsALittleLater(LoopScheduler scheduler) {
    scheduler.spawn(Task.sleep(Duration.ofMillis(50)));
  }

  @Test
  void endsAfterASecond(LoopScheduler scheduler) {
    scheduler.spawn(Task.sleep(Duration.ofSeconds(1)));
  }

  // region forgotten
  @Test
  void forgetsACallbackThread(LoopScheduler scheduler) {
    scheduler.spawn("reminder", Task.sleep(LONG).then(Task.run(() -> {})));
  }

  // end region

  @Test
  void forgetsATimerOfReactor(LoopScheduler scheduler) {
    CallbackSchedulers.of(scheduler).schedule(() -> {}, 1, TimeUnit.HOURS);
  }

  @Test
  void leavesATaskOfTheExecutorStuck(LoopScheduler scheduler) {
    scheduler.executor().execute(LeakTestCases::waitForTheEnd);
  }

  @Test
  void leavesAWorkerStuck(LoopScheduler scheduler) {
    CallbackSchedulers.of(scheduler).createWorker().schedule(LeakTestCases::waitForTheEnd);
  }

  @Test
  void leavesAStepStuckWhoseCallbackThreadHasFailed() {
    Duration soon = Duration.ofMillis(100);
    LoopScheduler strict =
        LoopScheduler.builder("strict")
            .loops(1)
            .watchdog(w -> w.warnAfter(soon).takeoverAfter(soon).failAfter(soon.multipliedBy(2)))
            .build();
    OPEN.add(strict);
    CallbackThread<Void> order = strict.spawn("order", Task.run(LeakTestCases::waitForTheEnd));
    assertThatThrownBy(() -> order.block(PATIENCE)).isInstanceOf(LoopStalledException.class);
  }

  private static void waitForTheEnd() {
    try {
      returns.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void callsMoreThanThereAreThreads() throws Exception {
    LoopScheduler narrow =
        LoopScheduler.builder("narrow").loops(1).elastic(e -> e.maxThreads(1)).build();
    OPEN.add(narrow);
    CountDownLatch calling = new CountDownLatch(1);
    narrow.spawn(
        "first",
        Task.blockingRun(
            () -> {
              calling.countDown();
              returns.await();
            }));
    calling.await();
    narrow.spawn("second", Task.blockingRun(() -> {}));
  }

  @Test
  void abandonsABlockingCall(LoopScheduler scheduler) throws Exception {
    CountDownLatch calling = new CountDownLatch(1);
    CallbackThread<Void> caller =
        scheduler.spawn(
            "caller",
            Task.blockingRun(
                () -> {
                  calling.countDown();
                  returns.await();
                }));
    calling.await();
    caller.cancel();
  }

  @Test
  void isOverTheLimit() {
    LoopScheduler small =
        LoopScheduler.builder("small")
            .loops(1)
            .maxCallbackThreads(1)
            .maxAdmissionWait(LONG)
            .build();
    OPEN.add(small);
    small.spawn("first", Task.never());
    assertThat(small.spawn("second", Task.never()).toFuture()).isNotDone();
  }

  @Test
  void losesAPermit() {
    LoopScheduler losing = LoopScheduler.builder("losing").loops(1).build();
    OPEN.add(losing);
    lost = new LostPermit(losing);
  }

  @Test
  void leavesASchedulerOpen() {
    OPEN.add(LoopScheduler.builder("open").loops(1).build());
  }

  @Test
  void leavesOneThatACallbackThreadMadeOpen(LoopScheduler scheduler) throws Exception {
    scheduler
        .spawn(Task.run(() -> OPEN.add(LoopScheduler.builder("inner").loops(1).build())))
        .block(PATIENCE);
  }

  @Test
  void leavesOneThatATaskOfReactorMadeOpen() {
    Mono.fromRunnable(() -> OPEN.add(LoopScheduler.builder("inner").loops(1).build()))
        .subscribeOn(Schedulers.boundedElastic())
        .block(PATIENCE);
  }

  @Test
  void failsAndLeaves(LoopScheduler scheduler) {
    scheduler.spawn("order", Task.never());
    throw new IllegalStateException("the test's own");
  }

  @SimulationTest(seeds = 3)
  void isSimulated(Simulation simulation, LoopScheduler scheduler) {
    assertThat(scheduler).isSameAs(simulation.scheduler()).isNotSameAs(first);
  }

  // region timeout
  @Test
  @Timeout(value = 1_500, unit = TimeUnit.MILLISECONDS)
  void waitsInVain(LoopScheduler scheduler) throws Exception {
    Task<Void> answer = Task.<Void>never().named("answer");
    scheduler.spawn("order", answer).block(PATIENCE);
  }

  // end region

  @Test
  @Timeout(value = 1_500, unit = TimeUnit.MILLISECONDS)
  void closesWhenItIsInterrupted() throws Exception {
    LoopScheduler made = LoopScheduler.builder("made").loops(1).build();
    try {
      made.spawn("order", Task.<Void>never()).block(PATIENCE);
    } finally {
      made.closeNow();
    }
  }

  @Test
  @Timeout(
      value = 1_500,
      unit = TimeUnit.MILLISECONDS,
      threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void waitsInVainOnItsOwnThread(LoopScheduler scheduler) throws Exception {
    scheduler.spawn("order", Task.<Void>never()).block(PATIENCE);
  }

  /** Made with the instance of the test class, before any method runs. */
  @NoLeaks
  public static class InAField {
    private final LoopScheduler made = LoopScheduler.builder("field").loops(1).build();

    @Test
    void leavesItOpen() {
      OPEN.add(made);
    }
  }

  /** A method around the test that takes too long. */
  @NoLeaks
  public static class Around {
    @BeforeEach
    @Timeout(value = 1_500, unit = TimeUnit.MILLISECONDS)
    void waitsInVain(LoopScheduler scheduler) throws Exception {
      scheduler.spawn("order", Task.<Void>never()).block(PATIENCE);
    }

    @Test
    void isNeverReached() {}
  }

  /** Schedulers as parameters without the check of others. */
  @NoBlocking
  public static class UnderNoBlocking {
    @Test
    void leavesASchedulerOpen(LoopScheduler scheduler) throws Exception {
      scheduler.spawn(Task.done()).block(PATIENCE);
      OPEN.add(LoopScheduler.builder("open").loops(1).build());
    }

    @Test
    void forgetsACallbackThread(LoopScheduler scheduler) {
      scheduler.spawn("reminder", Task.sleep(LONG));
    }
  }

  /** Two tests that run at the same time. */
  @NoLeaks
  @Execution(ExecutionMode.CONCURRENT)
  public static class Overlapping {
    private static final CyclicBarrier BOTH = new CyclicBarrier(2);

    @Test
    void blocks() throws Exception {
      OPEN.add(LoopScheduler.builder("open").loops(1).build());
      BOTH.await(30, TimeUnit.SECONDS);
    }

    @Test
    void runsAtTheSameTime() throws Exception {
      BOTH.await(30, TimeUnit.SECONDS);
    }
  }
}
