/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.blockhound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.picot.LoopScheduler;
import dev.picot.Task;
import dev.picot.internal.BlockHoundSetup;
import dev.picot.loop.Housekeeping;
import dev.picot.loop.LoopThread;
import dev.picot.reactor.Blockers;
import dev.picot.reactor.CallbackSchedulers;
import dev.picot.reactor.LogCapture;
import dev.picot.reactor.Loops;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.blockhound.BlockingOperationError;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

class BlockingDetectionTest {
  private static final Duration SHORT = Duration.ofMillis(1);

  @RegisterExtension private final Loops loops = new Loops();
  @RegisterExtension private final LogCapture log = new LogCapture();

  private final LoopScheduler scheduler = loops.make("checkout", builder -> builder.loops(1));

  @BeforeAll
  static void install() {
    assertThat(BlockingDetection.install()).isEmpty();
  }

  /** Before each, too: whoever runs all tests under BlockHound has switched it off. */
  @BeforeEach
  @AfterEach
  void record() {
    BlockingDetection.mode(BlockingDetection.Mode.RECORD);
  }

  private void sleepInAStep() throws Exception {
    Task<Void> price = Task.run(() -> Blockers.sleep(SHORT)).named("price");
    scheduler.spawn(Task.done().then(price).named("order")).block(Loops.PATIENCE);
  }

  /** Everything is logged in order, on a thread of its own. */
  private void awaitWhatWasLogged() throws Exception {
    Housekeeping housekeeping =
        scheduler
            .spawn(Task.call(() -> LoopThread.current().loop().group().housekeeping()))
            .block(Loops.PATIENCE);
    housekeeping.report("something else", new IllegalStateException());
    log.await("something else");
  }

  @Test
  void leavesThreadsAloneThatAreNoLoops() throws Exception {
    BlockingDetection.mode(BlockingDetection.Mode.THROW);

    String slept =
        Mono.fromSupplier(
                () -> {
                  Blockers.sleep(SHORT);
                  return Thread.currentThread().getName();
                })
            .subscribeOn(Schedulers.parallel())
            .block(Loops.PATIENCE);

    assertThat(slept).startsWith("parallel-");
  }

  @Test
  void recordsTheCallAndNamesCallbackThreadStepAndLoop() throws Exception {
    sleepInAStep();

    LogRecord record = log.await("java.lang.Thread.sleep blocked loop 'checkout-1'");
    assertThat(record.getMessage())
        .contains("of scheduler 'checkout', called by callback thread 'order > price'")
        .contains("Task.blocking(...)");
    assertThat(record.getThrown().getStackTrace()[0].getMethodName()).startsWith("sleep");
    assertThat(record.getThrown().getStackTrace())
        .anyMatch(frame -> frame.getClassName().equals(Blockers.class.getName()));
  }

  @Test
  void manyCallsKeepNothingElseOutOfTheLog() throws Exception {
    for (int i = 0; i < 50; i++) {
      sleepInAStep();
    }

    awaitWhatWasLogged();
    while (!log.has("reports of blocking calls were dropped (limit: 10 a second)")) {
      sleepInAStep(); // the first one of the next second tells
    }
  }

  @Test
  void anInstallationThatFailsForAnotherReason_isNotBlamedOnTheFlag() {
    Optional<String> remedy =
        BlockHoundSetup.install(
            () -> {
              throw new IllegalStateException("attaching is disabled");
            });

    assertThat(remedy).hasValueSatisfying(text -> assertThat(text).contains("is disabled"));
    assertThat(remedy).hasValueSatisfying(text -> assertThat(text).doesNotContain("-XX"));
  }

  @Test
  void throwsIfAskedTo() throws Exception {
    BlockingDetection.mode(BlockingDetection.Mode.THROW);

    assertThatThrownBy(this::sleepInAStep)
        .isInstanceOf(BlockingOperationError.class)
        .hasMessageContaining("java.lang.Thread.sleep");
    awaitWhatWasLogged();
    assertThat(log.has("blocked loop")).isFalse();
  }

  @Test
  void isSilentIfSwitchedOff() throws Exception {
    BlockingDetection.mode(BlockingDetection.Mode.OFF);

    sleepInAStep();

    awaitWhatWasLogged();
    assertThat(log.has("blocked loop")).isFalse();
    assertThat(BlockingDetection.mode()).isEqualTo(BlockingDetection.Mode.OFF);
  }

  @Test
  void allowsALoopToWaitForWorkAndNothingElse() throws Exception {
    BlockingDetection.mode(BlockingDetection.Mode.THROW);
    Task<Void> waits = Task.sleep(Duration.ofMillis(2));

    for (int i = 0; i < 20; i++) {
      scheduler.spawn(waits).block(Loops.PATIENCE);
    }
    scheduler.spawn(Task.blockingRun(() -> Blockers.sleep(SHORT))).block(Loops.PATIENCE);

    assertThatThrownBy(
            () ->
                scheduler
                    .spawn(Task.run(() -> java.util.concurrent.locks.LockSupport.parkNanos(1)))
                    .block(Loops.PATIENCE))
        .isInstanceOf(BlockingOperationError.class);
  }

  @Test
  void theReactorSchedulerItselfDoesNotBlockItsLoops() throws Exception {
    BlockingDetection.mode(BlockingDetection.Mode.THROW);
    Scheduler view = CallbackSchedulers.of(scheduler);

    Flux<Integer> busy =
        Flux.range(0, 20_000)
            .publishOn(view)
            .flatMap(i -> Flux.just(i).delayElements(SHORT, view), 64)
            .take(2_000);

    assertThat(busy.count().block(Loops.PATIENCE)).isEqualTo(2_000);
    CountDownLatch ran = new CountDownLatch(1);
    view.schedule(() -> view.schedule(ran::countDown, 1, TimeUnit.MILLISECONDS)).isDisposed();
    Loops.await(ran);
  }

  @Test
  void aThreadWhoseLoopWasTakenOverMayBlock() throws Exception {
    BlockingDetection.mode(BlockingDetection.Mode.OFF);
    LoopScheduler taken =
        loops.make(
            "taken",
            builder -> builder.loops(1).watchdog(w -> w.takeoverAfter(Duration.ofMillis(100))));
    CountDownLatch gate = new CountDownLatch(1);
    var stuck =
        taken.spawn(
            Task.call(
                () -> {
                  Blockers.pass(gate);
                  Blockers.sleep(SHORT);
                  return "slept";
                }));
    taken.spawn(Task.done()).block(Loops.PATIENCE);
    Loops.awaitDetached(taken);

    BlockingDetection.mode(BlockingDetection.Mode.THROW);
    gate.countDown();

    assertThat(stuck.block(Loops.PATIENCE)).isEqualTo("slept");
  }

  @Test
  void refusesToHaveNoMode() {
    assertThatNullPointerException()
        .isThrownBy(() -> BlockingDetection.mode(null))
        .withMessage("mode");
  }
}
