/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofNanos;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Values out of range, and calls at the wrong time or place. */
class BadInputTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final LoopScheduler scheduler = schedulers.one();

  private static Arguments refused(String message, ThrowingCallable call) {
    return Arguments.of(message, call);
  }

  private static LoopScheduler.Builder builder() {
    return LoopScheduler.builder("refused");
  }

  static Stream<Arguments> outOfRange() {
    Duration negative = ofNanos(-1);
    return Stream.of(
        refused("duration: PT-0.000000001S (expected: >= 0)", () -> Task.sleep(negative)),
        refused("limit: PT0S (expected: > 0)", () -> Task.done().timeout(Duration.ZERO)),
        refused("limit: PT-0.000000001S (expected: >= 0)", () -> Task.done().timeout(negative)),
        refused(
            "prefetch: 0 (expected: 1 to 2147483647)",
            () -> Task.forEach(Publishers.of("a"), 0, v -> Task.done())),
        refused(
            "first: PT0S (expected: > 0)", () -> Backoff.exponential(Duration.ZERO, ofSeconds(1))),
        refused(
            "max: PT1S (expected: at least first, PT2S)",
            () -> Backoff.exponential(ofSeconds(2), ofSeconds(1))),
        refused(
            "max: PT-0.000000001S (expected: >= 0)",
            () -> Backoff.exponential(ofSeconds(2), negative)),
        refused("pause: PT-0.000000001S (expected: >= 0)", () -> Backoff.fixed(negative)),
        refused(
            "attempts: 0 (expected: 1 to 2147483647)",
            () -> Backoff.fixed(Duration.ZERO).maxAttempts(0)),
        refused("factor: -0.1 (expected: 0 to 1)", () -> Backoff.fixed(Duration.ZERO).jitter(-0.1)),
        refused("factor: 1.1 (expected: 0 to 1)", () -> Backoff.fixed(Duration.ZERO).jitter(1.1)),
        refused(
            "factor: NaN (expected: 0 to 1)",
            () -> Backoff.fixed(Duration.ZERO).jitter(Double.NaN)),
        refused(
            "healthy: PT0S (expected: > 0)",
            () -> Backoff.fixed(Duration.ZERO).resetAfter(Duration.ZERO)),
        refused(
            "name: ' ' (expected: at least one visible character)", () -> Task.done().named(" ")),
        refused(
            "name: '' (expected: at least one visible character)", () -> LoopScheduler.builder("")),
        refused(
            "name: '\t' (expected: at least one visible character)",
            () -> LoopScheduler.create("\t")),
        refused("loops: 0 (expected: 1 to 1000)", () -> builder().loops(0)),
        refused("loops: -1 (expected: 1 to 1000)", () -> builder().loops(-1)),
        refused("loops: 1001 (expected: 1 to 1000)", () -> builder().loops(1_001)),
        refused(
            "maxCallbackThreads: 0 (expected: 1 to 100000000)",
            () -> builder().maxCallbackThreads(0)),
        refused(
            "maxCallbackThreads: 100000001 (expected: 1 to 100000000)",
            () -> builder().maxCallbackThreads(100_000_001)),
        refused(
            "elastic.maxThreads: 0 (expected: 1 to 10000)",
            () -> builder().elastic(e -> e.maxThreads(0))),
        refused(
            "elastic.maxThreads: 10001 (expected: 1 to 10000)",
            () -> builder().elastic(e -> e.maxThreads(10_001))),
        refused(
            "elastic.maxQueued: 0 (expected: 1 to 10000000)",
            () -> builder().elastic(e -> e.maxQueued(0))),
        refused(
            "elastic.maxQueued: 10000001 (expected: 1 to 10000000)",
            () -> builder().elastic(e -> e.maxQueued(10_000_001))),
        refused(
            "elastic.keepAlive: PT0S (expected: > 0)",
            () -> builder().elastic(e -> e.keepAlive(Duration.ZERO))),
        refused(
            "elastic.keepAlive: PT-0.000000001S (expected: >= 0)",
            () -> builder().elastic(e -> e.keepAlive(negative))),
        refused(
            "watchdog.warnAfter: PT0.009S (expected: at least PT0.01S)",
            () -> builder().watchdog(w -> w.warnAfter(ofMillis(9)))),
        refused(
            "watchdog.warnAfter: PT0S (expected: > 0)",
            () -> builder().watchdog(w -> w.warnAfter(Duration.ZERO))),
        refused(
            "watchdog.takeoverAfter: PT0.099S (expected: at least PT0.1S)",
            () -> builder().watchdog(w -> w.takeoverAfter(ofMillis(99)))),
        refused(
            "watchdog.failAfter: PT0.099S (expected: at least PT0.1S)",
            () -> builder().watchdog(w -> w.failAfter(ofMillis(99)))),
        refused(
            "watchdog.maxDetached: 0 (expected: 1 to 1000)",
            () -> builder().watchdog(w -> w.maxDetached(0))),
        refused(
            "watchdog.maxDetached: 1001 (expected: 1 to 1000)",
            () -> builder().watchdog(w -> w.maxDetached(1_001))),
        refused(
            "watchdog.failAfter: PT1S (expected: at least watchdog.takeoverAfter, PT2S)",
            () ->
                builder()
                    .watchdog(w -> w.takeoverAfter(ofSeconds(2)).failAfter(ofSeconds(1)))
                    .build()));
  }

  @ParameterizedTest
  @MethodSource("outOfRange")
  void aValueOutOfRange_isRefusedWithItsNameValueAndRange(String message, ThrowingCallable call) {
    assertThatIllegalArgumentException().isThrownBy(call).withMessage(message);
  }

  @Test
  void aNegativeLimitOfBlock_isRefused() {
    CallbackThread<?> thread = scheduler.spawn(Task.done());

    assertThatIllegalArgumentException()
        .isThrownBy(() -> thread.block(ofNanos(-1)))
        .withMessage("limit: PT-0.000000001S (expected: >= 0)");
  }

  @Test
  void aNegativeGrace_isRefused_andClosesNothing() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> scheduler.shutdown(ofNanos(-1)))
        .withMessage("grace: PT-0.000000001S (expected: >= 0)");

    assertThat(Deadline.value(scheduler.spawn(Task.value("a")))).isEqualTo("a");
  }

  @Test
  void limitsAtTheirEnds_areAccepted() {
    LoopScheduler smallest =
        schedulers.build(
            "smallest",
            b ->
                b.loops(1)
                    .maxCallbackThreads(1)
                    .elastic(e -> e.maxThreads(1).maxQueued(1).keepAlive(ofNanos(1)))
                    .watchdog(
                        w ->
                            w.warnAfter(ofMillis(10))
                                .takeoverAfter(ofMillis(100))
                                .failAfter(ofMillis(100))
                                .maxDetached(1)));
    LoopScheduler greatest =
        schedulers.build(
            "greatest",
            b ->
                b.maxCallbackThreads(100_000_000)
                    .elastic(
                        e ->
                            e.maxThreads(10_000)
                                .maxQueued(10_000_000)
                                .keepAlive(ofSeconds(Long.MAX_VALUE)))
                    .watchdog(
                        w ->
                            w.warnAfter(ofSeconds(Long.MAX_VALUE))
                                .takeoverAfter(ofSeconds(Long.MAX_VALUE))
                                .failAfter(ofSeconds(Long.MAX_VALUE))
                                .maxDetached(1_000)));

    assertThat(Deadline.value(smallest.spawn(Task.blocking(() -> 1)))).isEqualTo(1);
    assertThat(Deadline.value(greatest.spawn(Task.blocking(() -> 1)))).isEqualTo(1);
  }

  @Test
  void spawnOnAClosedScheduler_isRefused_withFacts() {
    scheduler.close();

    var refusal =
        catchThrowableOfType(
            SchedulerClosedException.class, () -> scheduler.spawn(Task.value("a")));

    assertThat(refusal)
        .isInstanceOf(RefusedException.class)
        .hasMessage(
            "Scheduler 'checkout' refused a callback thread: it is closed or being closed."
                + " Start work before close() or shutdown(), or handle SchedulerClosedException.");
    assertThat(refusal.scheduler()).isEqualTo("checkout");
    assertThat(refusal.retryAfter()).isZero();
  }

  @Test
  void spawnOnASchedulerThatIsBeingClosed_isRefused() {
    CallbackThread<?> live = scheduler.spawn(Task.never());
    scheduler.shutdown(ofSeconds(100));

    assertThatExceptionOfType(SchedulerClosedException.class)
        .isThrownBy(() -> scheduler.spawn("order", Task.value("a")));

    live.cancel();
  }

  @Test
  void executeOnAClosedScheduler_isRefused() {
    scheduler.close();

    assertThatExceptionOfType(SchedulerClosedException.class)
        .isThrownBy(() -> scheduler.executor().execute(() -> {}))
        .withMessageStartingWith("Scheduler 'checkout' refused an executor task: it is closed");
  }

  @Test
  void blockOnALoop_isRefused_namingBothSides() {
    CallbackThread<?> other = scheduler.spawn("payment", Task.done());
    CallbackThread<String> thread =
        scheduler.spawn("order", Task.call(() -> refusal(() -> other.block(ofSeconds(1)))));

    assertThat(Deadline.value(thread))
        .isEqualTo(
            "block() on callback thread 'payment' would block loop 'checkout-1'"
                + " (called by callback thread 'order'). Use join(), or subscribe."
                + " | block() on callback thread 'payment' | checkout-1");
  }

  @Test
  void blockOnALoopOfAnotherScheduler_isRefused() {
    LoopScheduler other = schedulers.build("payments", b -> b.loops(1));
    CallbackThread<?> payment = other.spawn("payment", Task.done());
    CallbackThread<String> thread =
        scheduler.spawn("order", Task.call(() -> refusal(() -> payment.block(ofSeconds(1)))));

    assertThat(Deadline.value(thread)).contains("would block loop 'checkout-1'");
  }

  @Test
  void closeOnALoop_isRefused_andClosesNothing() {
    CallbackThread<String> thread =
        scheduler.spawn("order", Task.call(() -> refusal(scheduler::close)));

    assertThat(Deadline.value(thread))
        .isEqualTo(
            "close() of scheduler 'checkout' would block loop 'checkout-1'"
                + " (called by callback thread 'order'). Use shutdown(Duration) or closeNow()."
                + " | close() of scheduler 'checkout' | checkout-1");
    assertThat(Deadline.value(scheduler.spawn(Task.value("a")))).isEqualTo("a");
  }

  @Test
  void closeOnALoop_byAnExecutorTask_isRefused() {
    List<String> refusals = new ArrayList<>();
    var done = new CountDownLatch(1);

    scheduler
        .executor()
        .execute(
            () -> {
              refusals.add(refusal(scheduler::close));
              done.countDown();
            });
    Deadline.await(done);

    assertThat(refusals)
        .singleElement()
        .asString()
        .contains("would block loop 'checkout-1' (called by a task of the loop)");
  }

  private static String refusal(ThrowingCallable call) {
    var refusal = catchThrowableOfType(BlockedOnLoopException.class, call);
    return refusal.getMessage() + " | " + refusal.call() + " | " + refusal.loop();
  }

  @Test
  void blockOnAnElasticThread_isAllowed() {
    CallbackThread<String> other = scheduler.spawn(Task.value("a"));

    assertThat(Deadline.value(scheduler.spawn(Task.blocking(() -> other.block(Deadline.LIMIT)))))
        .isEqualTo("a");
  }

  @Test
  void joinOnItself_fails() {
    CallbackThread<?> thread =
        scheduler.spawn("order", Task.defer(() -> CallbackThread.current().orElseThrow().join()));

    assertThat(Deadline.error(thread))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("Callback thread 'order' joins itself and would wait for ever");
  }

  @Test
  void aFullElasticPool_refuses_withFacts() {
    LoopScheduler full =
        schedulers.build("full", b -> b.loops(1).elastic(e -> e.maxThreads(1).maxQueued(2)));
    Gate gate = schedulers.gate();
    full.spawn(Task.blockingRun(gate::pass));
    gate.awaitArrival();
    full.spawn(Task.blockingRun(() -> {}));
    full.spawn(Task.blockingRun(() -> {}));
    Schedulers.settle(full);

    Throwable error = Deadline.error(full.spawn(Task.blockingRun(() -> {})));

    assertThat(error)
        .isInstanceOfSatisfying(
            ElasticPoolSaturatedException.class,
            refusal -> {
              assertThat(refusal.scheduler()).isEqualTo("full");
              assertThat(refusal.maxThreads()).isEqualTo(1);
              assertThat(refusal.maxQueued()).isEqualTo(2);
              assertThat(refusal.queued()).isEqualTo(2);
              assertThat(refusal.longestRunning()).isPositive();
              assertThat(refusal.retryAfter()).isEqualTo(ofSeconds(1));
            })
        .hasMessageMatching(
            "Scheduler 'full' refused a blocking call: 2 calls wait for 1 elastic threads"
                + " \\(limits: elastic.maxQueued = 2, elastic.maxThreads = 1\\);"
                + " the longest call has been running for \\d+ ms\\. Speed the calls up,"
                + " raise the limits, or handle ElasticPoolSaturatedException\\.");
    assertThat(full.stats().elastic().rejected()).isOne();
  }

  @Test
  void aRefusedBlockingCall_canBeResumedFrom() {
    LoopScheduler full =
        schedulers.build("full", b -> b.loops(1).elastic(e -> e.maxThreads(1).maxQueued(1)));
    Gate gate = schedulers.gate();
    full.spawn(Task.blockingRun(gate::pass));
    gate.awaitArrival();
    full.spawn(Task.blockingRun(() -> {}));
    Schedulers.settle(full);

    Task<String> task =
        Task.blocking(() -> "called").onErrorResume(RefusedException.class, e -> Task.value("503"));

    assertThat(Deadline.value(full.spawn(task))).isEqualTo("503");
  }

  @Test
  void aFullScheduler_refuses_withFacts() {
    LoopScheduler full = schedulers.build("full", b -> b.loops(1).maxCallbackThreads(2));
    CallbackThread<?> live = full.spawn(Task.never());
    full.spawn(Task.never());

    var refusal =
        catchThrowableOfType(AdmissionRefusedException.class, () -> full.spawn(Task.value("a")));

    assertThat(refusal)
        .hasMessage(
            "Scheduler 'full' refused a callback thread: 2 are live"
                + " (limit: maxCallbackThreads = 2). Raise the limit, or handle"
                + " AdmissionRefusedException, for example by answering 503.");
    assertThat(refusal.live()).isEqualTo(2);
    assertThat(refusal.maxCallbackThreads()).isEqualTo(2);
    assertThat(refusal.scheduler()).isEqualTo("full");
    assertThat(refusal.retryAfter()).isEqualTo(ofSeconds(1));
    assertThat(full.stats().refused()).isOne();
    live.cancel();
  }

  @Test
  void aPermit_comesBackWhenItsCallbackThreadHasEnded() {
    LoopScheduler full = schedulers.build("full", b -> b.loops(1).maxCallbackThreads(1));

    for (int i = 0; i < 100; i++) {
      Deadline.value(full.spawn(Task.value(i)));
    }

    assertThat(full.stats().completed()).isEqualTo(100);
    assertThat(full.stats().refused()).isZero();
  }

  @Test
  void permits_comeBackAfterARace() throws Exception {
    int limit = 100;
    LoopScheduler full = schedulers.build("full", b -> b.loops(2).maxCallbackThreads(limit));
    var admitted = new AtomicInteger();
    var refused = new AtomicInteger();
    List<Thread> racers = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      racers.add(new Thread(() -> race(full, admitted, refused)));
    }

    racers.forEach(Thread::start);
    racers.forEach(Deadline::join);
    Gate gate = schedulers.gate();
    awaitNoneLive(full);

    assertThat(full.stats().completed() + full.stats().cancelled()).isEqualTo(admitted.get());
    assertThat(full.stats().refused()).isEqualTo(refused.get());
    List<CallbackThread<?>> again = new ArrayList<>();
    for (int i = 0; i < limit; i++) {
      again.add(full.spawn(Task.never()));
    }
    assertThatExceptionOfType(AdmissionRefusedException.class)
        .isThrownBy(() -> full.spawn(Task.done()));
    again.forEach(CallbackThread::cancel);
    gate.open();
  }

  private static void race(LoopScheduler full, AtomicInteger admitted, AtomicInteger refused) {
    for (int i = 0; i < 5_000; i++) {
      try {
        CallbackThread<?> thread =
            full.spawn(i % 3 == 0 ? Task.never() : Task.yieldNow().then(Task.yieldNow()));
        admitted.incrementAndGet();
        if (i % 3 == 0) {
          thread.cancel();
        }
      } catch (AdmissionRefusedException e) {
        refused.incrementAndGet();
      }
    }
  }

  /** What was admitted has ended after at most a few slices each. */
  private static void awaitNoneLive(LoopScheduler full) {
    for (int i = 0; i < 1_000 && full.stats().live() > 0; i++) {
      Schedulers.settle(full);
    }
    assertThat(full.stats().live()).isZero();
  }
}
