/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static java.time.Duration.ofDays;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class TaskTimeoutTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final VirtualTicker ticker = VirtualTicker.betweenTicks();
  private final LoopScheduler scheduler = schedulers.one(ticker);
  private final Duration began = ticker.now();
  private final List<String> trace = new ArrayList<>();

  private Object value(Task<?> task) {
    return Deadline.value(scheduler.<Object>spawn(task));
  }

  private Throwable error(Task<?> task) {
    return Deadline.error(scheduler.<Object>spawn(task));
  }

  private Duration passed() {
    return ticker.now().minus(began);
  }

  private static Duration limitOf(Throwable error) {
    assertThat(error).isInstanceOf(TaskTimeoutException.class);
    return ((TaskTimeoutException) error).timeout();
  }

  @Test
  void inTime_endsAsTheTask() {
    assertThat(value(Task.sleep(ofMillis(9)).then(Task.value("a")).timeout(ofMillis(10))))
        .isEqualTo("a");
  }

  @Test
  void inTime_leavesNothingBehind() {
    Task<Void> task = Task.sleep(ofMillis(9)).timeout(ofMillis(10)).then(Task.sleep(ofDays(1)));

    assertThat(value(task)).isNull();
  }

  @Test
  void tooLate_failsNeverEarlyAndAtMostATickLate() {
    Throwable error = error(Task.never().timeout(ofMillis(10)));

    assertThat(limitOf(error)).isEqualTo(ofMillis(10));
    assertThat(passed()).isBetween(ofMillis(10), ofMillis(11));
  }

  @Test
  void theError_isATimeoutException_andTellsTaskAndLimit() {
    assertThat(error(Task.never().timeout(ofMillis(10)).named("order")))
        .isInstanceOf(TimeoutException.class)
        .hasMessage(
            "task 'order' did not finish within 10 ms and was cancelled (limit: timeout(PT0.01S))");
  }

  @Test
  void theError_withoutName_tellsTheCallbackThread() {
    assertThat(error(Task.never().timeout(ofMillis(10))))
        .hasMessageStartingWith("a task of callback thread 'checkout#");
  }

  @Test
  void ofASleep_endsIt() {
    assertThat(limitOf(error(Task.sleep(ofSeconds(5)).timeout(ofMillis(10)))))
        .isEqualTo(ofMillis(10));
  }

  @Test
  void ofASleepOfTheSameLength_isTooLate() {
    assertThat(limitOf(error(Task.sleep(ofMillis(10)).timeout(ofMillis(10)))))
        .isEqualTo(ofMillis(10));
  }

  @Test
  void ofManyYears_isReached() {
    assertThat(limitOf(error(Task.never().timeout(ofDays(400))))).isEqualTo(ofDays(400));
    assertThat(passed()).isBetween(ofDays(400), ofDays(400).plusMillis(1));
  }

  @Test
  void ofAllTime_isNeverReached() {
    Task<String> task =
        Task.sleep(ofDays(365)).then(Task.value("a")).timeout(ofSeconds(Long.MAX_VALUE));

    assertThat(value(task)).isEqualTo("a");
  }

  @Test
  void ofStepsThatNeverWait_endsThemBetweenTwoSteps() {
    assertThat(limitOf(error(steps().timeout(ofMillis(10))))).isEqualTo(ofMillis(10));
    assertThat(passed()).isBetween(ofMillis(10), ofMillis(12));
  }

  @Test
  void ofStepsThatYield_endsThem() {
    assertThat(limitOf(error(yields().timeout(ofMillis(10))))).isEqualTo(ofMillis(10));
  }

  @Test
  void nested_theInnerIsShorter() {
    Throwable error = error(Task.never().timeout(ofMillis(10)).timeout(ofMillis(20)));

    assertThat(limitOf(error)).isEqualTo(ofMillis(10));
    assertThat(passed()).isBetween(ofMillis(10), ofMillis(11));
  }

  @Test
  void nested_theOuterIsShorter() {
    Throwable error = error(Task.never().timeout(ofMillis(20)).timeout(ofMillis(10)));

    assertThat(limitOf(error)).isEqualTo(ofMillis(10));
    assertThat(passed()).isBetween(ofMillis(10), ofMillis(11));
  }

  @Test
  void nested_afterTheInner_theOuterStillHolds() {
    Task<?> inner = Task.<Void>never().timeout(ofMillis(10)).onErrorResume(e -> Task.done());

    Throwable error = error(inner.then(Task.never()).timeout(ofMillis(30)));

    assertThat(limitOf(error)).isEqualTo(ofMillis(30));
    assertThat(passed()).isBetween(ofMillis(30), ofMillis(31));
  }

  @Test
  void nested_threeAndASleep() {
    Task<?> task =
        Task.sleep(ofMillis(40)).timeout(ofMillis(50)).timeout(ofMillis(30)).timeout(ofMillis(60));

    assertThat(limitOf(error(task))).isEqualTo(ofMillis(30));
  }

  @Test
  void ofTheOuter_isNotSeenByAnInnerOnErrorResume() {
    Task<String> task =
        Task.<String>never()
            .onErrorResume(e -> Task.value("caught within"))
            .timeout(ofMillis(10))
            .onErrorResume(e -> Task.value("caught behind"));

    assertThat(value(task)).isEqualTo("caught behind");
  }

  @Test
  void ofTheOuter_isNotSeenByTheInnerTimeoutsResume() {
    Task<String> task =
        Task.<String>never()
            .timeout(ofMillis(20))
            .onErrorResume(TaskTimeoutException.class, e -> Task.value("the inner"))
            .timeout(ofMillis(10))
            .onErrorResume(TaskTimeoutException.class, e -> Task.value("the outer"));

    assertThat(value(task)).isEqualTo("the outer");
  }

  @Test
  void ofTheOuter_isNotMappedWithin() {
    Task<?> task = Task.never().onErrorMap(e -> new IllegalStateException(e)).timeout(ofMillis(10));

    assertThat(limitOf(error(task))).isEqualTo(ofMillis(10));
  }

  @Test
  void runsTheFinalizersWithin_asCancelled() {
    List<Outcome<?>> heard = new ArrayList<>();

    error(Task.never().doFinally(heard::add).timeout(ofMillis(10)));

    assertThat(heard).containsExactly(new Outcome.Cancelled<>());
  }

  @Test
  void runsTheFinalizersOutside_asFailed() {
    List<Outcome<?>> heard = new ArrayList<>();

    Throwable error = error(Task.never().timeout(ofMillis(10)).doFinally(heard::add));

    assertThat(heard).containsExactly(new Outcome.Failed<>(error));
  }

  @Test
  void withinUse_runsTheRelease() {
    error(
        Task.using(
                Task.value("c"),
                c -> Task.never(),
                (c, outcome) -> Task.run(() -> trace.add("release " + c + " " + outcome)))
            .timeout(ofMillis(10)));

    assertThat(trace).containsExactly("release c Cancelled[]");
  }

  @Test
  void doesNotEndARelease() {
    Throwable error =
        error(
            Task.using(
                    Task.value("c"),
                    c -> Task.never(),
                    (c, outcome) ->
                        Task.sleep(ofMillis(50)).then(Task.run(() -> trace.add("released"))))
                .timeout(ofMillis(10)));

    assertThat(trace).containsExactly("released");
    assertThat(limitOf(error)).isEqualTo(ofMillis(10));
    assertThat(passed()).isBetween(ofMillis(60), ofMillis(62));
  }

  @Test
  void thatComesDuringARelease_waitsForIt() {
    Throwable error =
        error(
            Task.using(
                    Task.value("c"),
                    c -> Task.done(),
                    (c, outcome) ->
                        Task.sleep(ofMillis(50)).then(Task.run(() -> trace.add("released"))))
                .timeout(ofMillis(10)));

    assertThat(trace).containsExactly("released");
    assertThat(limitOf(error)).isEqualTo(ofMillis(10));
  }

  @Test
  void ofTheReleaseItself_endsIt() {
    Throwable error =
        error(
            Task.using(
                Task.value("c"),
                c -> Task.done(),
                (c, outcome) -> Task.never().timeout(ofMillis(10))));

    assertThat(limitOf(error)).isEqualTo(ofMillis(10));
  }

  @Test
  void withinAcquire_givesItUp() {
    Throwable error =
        error(
            Task.using(
                    Task.never(),
                    c -> Task.run(() -> trace.add("use")),
                    (c, outcome) -> Task.run(() -> trace.add("release")))
                .timeout(ofMillis(10)));

    assertThat(limitOf(error)).isEqualTo(ofMillis(10));
    assertThat(trace).isEmpty();
  }

  @Test
  void withinUncancellable_isOfTheTaskWithin_andHolds() {
    Task<?> task = Task.never().timeout(ofMillis(10)).uncancellable();

    assertThat(limitOf(error(task))).isEqualTo(ofMillis(10));
  }

  @Test
  void aroundUncancellable_waitsForItsEnd() {
    Throwable error =
        error(
            Task.sleep(ofMillis(50))
                .then(Task.run(() -> trace.add("done")))
                .uncancellable()
                .then(Task.run(() -> trace.add("after")))
                .timeout(ofMillis(10)));

    assertThat(limitOf(error)).isEqualTo(ofMillis(10));
    assertThat(trace).containsExactly("done");
    assertThat(passed()).isBetween(ofMillis(50), ofMillis(51));
  }

  @Test
  void isAppliedAnew_eachTimeTheTaskRuns() {
    Task<Void> sleep = Task.sleep(ofMillis(9)).timeout(ofMillis(10));

    assertThat(value(sleep.then(sleep).then(sleep))).isNull();
  }

  @Test
  void countsFromItsOwnBeginning() {
    Task<Void> task = Task.sleep(ofMillis(100)).then(Task.sleep(ofMillis(9)).timeout(ofMillis(10)));

    assertThat(value(task)).isNull();
  }

  @Test
  void cancel_beforeIt_cancels() {
    ticker.hold();
    CallbackThread<?> thread = scheduler.spawn(Task.never().timeout(ofMillis(10)));
    Schedulers.settle(scheduler);

    thread.cancel();

    assertThat(Deadline.outcome(thread)).isInstanceOf(Outcome.Cancelled.class);
  }

  /** Steps of 1 ms, for ever. */
  private Task<Void> steps() {
    return Task.run(() -> ticker.advance(ofMillis(1))).flatMap(done -> steps());
  }

  private Task<Void> yields() {
    return Task.yieldNow()
        .then(Task.run(() -> ticker.advance(ofMillis(1))))
        .flatMap(done -> yields());
  }
}
