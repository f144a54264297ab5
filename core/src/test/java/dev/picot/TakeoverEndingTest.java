/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static dev.picot.Takeovers.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.picot.loop.ControlTask;
import dev.picot.loop.Loop;
import dev.picot.loop.Stall;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A detached callback thread is cancelled, times out, is protected, or is failed in odd places. */
class TakeoverEndingTest {
  private static final Duration FAIL_AFTER = Duration.ofMillis(300);

  private final StuckStep stuck = new StuckStep();
  private final AtomicInteger later = new AtomicInteger();
  private final AtomicInteger finalized = new AtomicInteger();
  private LoopScheduler scheduler = Takeovers.builder("ending").build();

  @AfterEach
  void close() {
    stuck.release();
    Takeovers.closeClean(scheduler);
    Schedulers.awaitHouseEmpty();
  }

  @Test
  void cancel_whileDetached_failsTheStallAtOnce() {
    CallbackThread<Integer> thread = scheduler.spawn(stuckThenLater());
    Takeovers.untilDetached(scheduler, thread);

    assertThat(thread.cancel()).isTrue();

    assertThatThrownBy(() -> thread.block(LONG))
        .isInstanceOf(LoopStalledException.class)
        .hasMessageContaining("it was cancelled");
    stuck.releaseAndAwait();
    assertFinalizedOnceAndNothingLater();
  }

  @Test
  void cancel_beforeTheTakeover_failsTheStallAtTheTakeover() {
    CallbackThread<Integer> thread = scheduler.spawn(stuckThenLater());
    stuck.awaitEntered();

    assertThat(thread.cancel()).isTrue();

    assertThatThrownBy(() -> thread.block(LONG))
        .isInstanceOf(LoopStalledException.class)
        .hasMessageContaining("it was cancelled");
    stuck.releaseAndAwait();
    assertFinalizedOnceAndNothingLater();
  }

  @Test
  void timeout_whileDetached_failsTheStall() {
    VirtualTicker ticker = timed();
    CallbackThread<Integer> thread =
        scheduler.spawn(stuckThenLater().timeout(Duration.ofSeconds(1)));
    Takeovers.untilDetached(scheduler, thread);

    ticker.release();

    assertThatThrownBy(() -> thread.block(LONG))
        .isInstanceOf(LoopStalledException.class)
        .hasMessageContaining("its timeout has passed");
    stuck.releaseAndAwait();
    assertFinalizedOnceAndNothingLater();
  }

  @Test
  void timeout_beforeTheTakeover_failsTheStallAtTheTakeover() {
    VirtualTicker ticker = timed();
    CallbackThread<Integer> thread =
        scheduler.spawn(stuckThenLater().timeout(Duration.ofSeconds(1)));
    stuck.awaitEntered();

    ticker.advance(Duration.ofSeconds(2));

    assertThatThrownBy(() -> thread.block(LONG))
        .isInstanceOf(LoopStalledException.class)
        .hasMessageContaining("its timeout has passed");
    stuck.releaseAndAwait();
    assertFinalizedOnceAndNothingLater();
  }

  @Test
  void cancel_whileDetachedWithinUncancellable_waitsForTheStep() {
    CallbackThread<Integer> thread =
        scheduler.spawn(
            Task.run(stuck)
                .then(Task.call(later::incrementAndGet))
                .uncancellable()
                .then(Task.call(later::incrementAndGet))
                .doFinally(outcome -> finalized.incrementAndGet()));
    Takeovers.untilDetached(scheduler, thread);

    assertThat(thread.cancel()).isTrue();
    assertThat(scheduler.spawn(Task.value(1)).join()).isNotNull();
    assertThat(thread.state()).isEqualTo(CallbackThread.State.DETACHED);
    stuck.release();

    assertThatThrownBy(() -> thread.block(LONG)).isInstanceOf(CancellationException.class);
    assertThat(later).as("the protected step, and not the one after it").hasValue(1);
    assertThat(finalized).hasValue(1);
  }

  @Test
  void timeout_whileDetachedWithinUncancellable_landsAfterwards() {
    VirtualTicker ticker = timed();
    CallbackThread<Integer> thread =
        scheduler.spawn(
            Task.run(stuck)
                .then(Task.call(later::incrementAndGet))
                .uncancellable()
                .then(Task.call(later::incrementAndGet))
                .timeout(Duration.ofSeconds(1))
                .doFinally(outcome -> finalized.incrementAndGet()));
    Takeovers.untilDetached(scheduler, thread);
    ticker.advance(Duration.ofSeconds(2));

    stuck.release();

    assertThatThrownBy(() -> thread.block(LONG))
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(TaskTimeoutException.class);
    assertThat(later).hasValue(1);
    assertThat(finalized).hasValue(1);
  }

  @Test
  void aTimeoutOfAnEarlierStallDoesNotFailALaterOne() throws Exception {
    VirtualTicker ticker = timed();
    StuckStep again = new StuckStep();
    CallbackThread<String> thread =
        scheduler.spawn(
            Task.run(stuck)
                .timeout(Duration.ofSeconds(1))
                .onErrorResume(e -> Task.done())
                .then(Task.run(again))
                .then(Task.value("done")));
    Takeovers.untilDetached(scheduler, thread);
    stuck.release();
    again.awaitEntered();
    Takeovers.untilDetached(scheduler, thread);

    ticker.release();
    scheduler.spawn(Task.sleep(Duration.ofSeconds(2))).block(LONG);

    again.release();
    assertThat(thread.block(LONG)).isEqualTo("done");
  }

  @Test
  void aVerdictOnAnEarlierStallDoesNotFailALaterOne() throws Exception {
    StuckStep again = new StuckStep();
    CallbackThread<String> thread =
        scheduler.spawn(Task.run(stuck).then(Task.run(again)).then(Task.value("done")));
    Loop loop = thread.boundLoop();
    Takeovers.untilDetached(scheduler, thread);
    Stall earlier = loop.stallOf(thread);
    stuck.release();
    again.awaitEntered();
    Takeovers.untilDetached(scheduler, thread);
    CountDownLatch judged = new CountDownLatch(1);

    loop.post(
        new ControlTask(
            "fail",
            owned -> {
              thread.onStallFailed(owned, earlier);
              judged.countDown();
            }));

    assertThat(judged.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
    again.release();
    assertThat(thread.block(LONG)).isEqualTo("done");
  }

  @Test
  void failAfter_withinUncancellable_failsTheStall() {
    failing();
    CallbackThread<Integer> thread = scheduler.spawn(stuckThenLater().uncancellable());

    assertThatThrownBy(() -> thread.block(LONG)).isInstanceOf(LoopStalledException.class);
    stuck.releaseAndAwait();
    assertFinalizedOnceAndNothingLater();
  }

  @Test
  void aLateAcquireWithinUncancellableIsReleased() throws Exception {
    failing();
    TestConnections connections = new TestConnections();
    CountDownLatch released = new CountDownLatch(1);
    CallbackThread<Integer> thread =
        scheduler.spawn(
            connections
                .using(
                    Task.call(
                        () -> {
                          stuck.run();
                          return connections.open();
                        }),
                    connection -> Task.call(later::incrementAndGet),
                    released::countDown)
                .uncancellable());
    assertThatThrownBy(() -> thread.block(LONG)).isInstanceOf(LoopStalledException.class);

    stuck.release();

    assertThat(released.await(LONG.toSeconds(), TimeUnit.SECONDS)).as("released").isTrue();
    assertThat(later).hasValue(0);
  }

  @Test
  void aLateAcquireOfSeveralStepsIsTakenToItsEndAndReleased() throws Exception {
    failing();
    TestConnections connections = new TestConnections();
    CountDownLatch released = new CountDownLatch(1);
    CallbackThread<Integer> thread =
        scheduler.spawn(
            connections.using(
                Task.call(
                        () -> {
                          TestConnections.Connection connection = connections.open();
                          stuck.run();
                          return connection;
                        })
                    .flatMap(connection -> Task.yieldNow().map(done -> connection))
                    .timeout(LONG),
                connection -> Task.call(later::incrementAndGet),
                released::countDown));
    assertThatThrownBy(() -> thread.block(LONG)).isInstanceOf(LoopStalledException.class);

    stuck.release();

    assertThat(released.await(LONG.toSeconds(), TimeUnit.SECONDS)).as("released").isTrue();
    assertThat(later).hasValue(0);
  }

  @Test
  void aReleaseOfSeveralStepsThatGotStuckIsTakenToItsEnd() throws Exception {
    failing();
    CountDownLatch closed = new CountDownLatch(1);
    CallbackThread<Integer> thread =
        scheduler.spawn(
            Task.using(
                Task.value("connection"),
                connection -> Task.value(1),
                (connection, outcome) ->
                    Task.run(stuck).then(Task.yieldNow()).then(Task.run(closed::countDown))));
    assertThatThrownBy(() -> thread.block(LONG)).isInstanceOf(LoopStalledException.class);

    stuck.release();

    assertThat(closed.await(LONG.toSeconds(), TimeUnit.SECONDS))
        .as("the step of the release after the stuck one")
        .isTrue();
  }

  @Test
  void whatAnAcquireHoldsWhileItsInnerReleaseIsStuckIsReleased() throws Exception {
    failing();
    TestConnections connections = new TestConnections();
    CountDownLatch released = new CountDownLatch(1);
    CallbackThread<Integer> thread =
        scheduler.spawn(
            connections.using(
                Task.using(
                    Task.value("lock"),
                    lock -> Task.call(connections::open),
                    (lock, outcome) -> Task.run(stuck)),
                connection -> Task.call(later::incrementAndGet),
                released::countDown));
    assertThatThrownBy(() -> thread.block(LONG)).isInstanceOf(LoopStalledException.class);

    stuck.release();

    assertThat(released.await(LONG.toSeconds(), TimeUnit.SECONDS)).as("released").isTrue();
    assertThat(later).hasValue(0);
  }

  @Test
  void aFinalizerThatGetsStuckDoesNotKeepTheOthersFromRunning() throws Exception {
    failing();
    StuckStep stuckFinalizer = new StuckStep();
    CountDownLatch others = new CountDownLatch(2);
    CallbackThread<Void> thread =
        scheduler.spawn(
            Task.run(stuck)
                .doFinally(outcome -> stuckFinalizer.run())
                .doFinally(outcome -> others.countDown())
                .doFinally(outcome -> others.countDown()));
    assertThatThrownBy(() -> thread.block(LONG)).isInstanceOf(LoopStalledException.class);

    boolean ran = others.await(LONG.toSeconds(), TimeUnit.SECONDS);

    stuckFinalizer.release();
    assertThat(ran).as("the finalizers around the stuck one have run").isTrue();
  }

  @Test
  void aStepThatHoldsItsOwnThreadsMonitorDoesNotStopTheLoop() throws Exception {
    CallbackThread<Void> thread =
        scheduler.spawn(
            Task.run(
                () -> {
                  synchronized (Thread.currentThread()) {
                    stuck.run();
                  }
                }));
    Takeovers.untilDetached(scheduler, thread);

    assertThat(scheduler.spawn(Task.value("alive")).block(LONG)).isEqualTo("alive");
  }

  @Test
  void eachOwnerOfALoopHasItsOwnName() throws Exception {
    scheduler.closeNow();
    scheduler = Takeovers.onDemand("owned").build();
    CallbackThread<Void> thread = scheduler.spawn(Task.run(stuck));
    Takeovers.untilDetached(scheduler, thread);

    String owner = scheduler.spawn(Task.call(() -> Thread.currentThread().getName())).block(LONG);

    assertThat(stuck.thread().getName()).isEqualTo("owned-1");
    assertThat(owner).isEqualTo("owned-1.1");
  }

  @Test
  void aSliceThatCrashesOnADetachedThreadFailsItsCallbackThread() {
    CallbackThread<Integer> thread = scheduler.spawn(stuckThenLater());
    Takeovers.untilDetached(scheduler, thread);
    Error crash = new OutOfMemoryError("thrown by this test");

    thread.onLateCrash(crash);

    assertThatThrownBy(() -> thread.block(LONG)).isSameAs(crash);
  }

  @Test
  void theDumpNamesTheThreadThatAStepIsStuckOn() {
    CallbackThread<Void> thread = scheduler.spawn(Task.run(stuck).named("order").named("checkout"));
    Takeovers.untilDetached(scheduler, thread);

    assertThat(scheduler.inspect().dump())
        .contains("'checkout > order' DETACHED")
        .contains("detached on '" + stuck.thread().getName() + "'");
  }

  private Task<Integer> stuckThenLater() {
    return Task.run(stuck)
        .then(Task.call(later::incrementAndGet))
        .doFinally(outcome -> finalized.incrementAndGet());
  }

  /** The clock of another scheduler: no time passes while steps only begin. */
  private VirtualTicker timed() {
    VirtualTicker ticker = VirtualTicker.onTick();
    ticker.hold();
    scheduler.closeNow();
    scheduler = Takeovers.builder("timed").ticker(ticker).build();
    return ticker;
  }

  private void failing() {
    scheduler.closeNow();
    scheduler = Takeovers.failingAfter("failing", FAIL_AFTER).build();
  }

  private void assertFinalizedOnceAndNothingLater() {
    Takeovers.closeClean(scheduler);
    assertThat(finalized).hasValue(1);
    assertThat(later).hasValue(0);
  }
}
