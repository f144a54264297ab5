/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static java.time.Duration.ofDays;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofNanos;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Sleeping, yielding and waiting for ever, on virtual time. */
class TaskTimeTest {
  private static final Duration TICK = ofMillis(1);

  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final VirtualTicker ticker = VirtualTicker.betweenTicks();
  private final LoopScheduler scheduler = schedulers.one(ticker);

  private static Stream<Duration> durations() {
    return Stream.of(
        ofNanos(1),
        ofNanos(999_999),
        ofNanos(1_000_000),
        ofNanos(1_000_001),
        ofMillis(63),
        ofMillis(64),
        ofMillis(4_095),
        ofMillis(4_096),
        ofMillis(262_144).plusNanos(1),
        ofDays(1),
        ofDays(20),
        ofDays(20).plusMillis(1),
        ofDays(25),
        ofDays(365),
        ofDays(365 * 100));
  }

  @ParameterizedTest
  @MethodSource("durations")
  void sleep_isNeverShorter_andAtMostATickLonger(Duration duration) {
    Duration before = ticker.now();

    Duration slept =
        Deadline.value(
            scheduler.spawn(Task.sleep(duration).map(done -> ticker.now().minus(before))));

    assertThat(slept).isBetween(duration, duration.plus(TICK));
  }

  @ParameterizedTest
  @MethodSource("durations")
  void sleep_afterWorkOfTheSameSlice_countsFromItsOwnBeginning(Duration duration) {
    Task<Duration> task =
        Task.call(
                () -> {
                  ticker.advance(ofNanos(7_777_777));
                  return ticker.now();
                })
            .flatMap(before -> Task.sleep(duration).map(done -> ticker.now().minus(before)));

    Duration slept = Deadline.value(scheduler.<Duration>spawn(task));

    assertThat(slept).isBetween(duration, duration.plus(TICK));
  }

  @Test
  void sleep_beyondAllTime_isEndedByCancelOnly() {
    ticker.hold();
    CallbackThread<?> thread = scheduler.spawn(Task.sleep(ofSeconds(Long.MAX_VALUE)));
    CallbackThread<Void> other =
        scheduler.spawn(Task.sleep(ofDays(400)).then(Task.run(ticker::hold)));
    ticker.release();
    Deadline.value(other);
    Schedulers.settle(scheduler);

    assertThat(thread.state()).isEqualTo(CallbackThread.State.WAITING);
    assertThat(thread.cancel()).isTrue();

    assertThat(Deadline.outcome(thread)).isInstanceOf(Outcome.Cancelled.class);
  }

  @Test
  void sleep_ofZero_yields() {
    Duration before = ticker.now();

    Deadline.value(scheduler.spawn(Task.sleep(Duration.ZERO)));

    assertThat(ticker.now()).isEqualTo(before);
  }

  @Test
  void sleepers_wakeInTheOrderOfTheirDeadlines() {
    List<String> order = new ArrayList<>();

    together(
        sleeper(300, "300", order),
        sleeper(100, "100", order),
        sleeper(5_000, "5000", order),
        sleeper(200, "200", order));

    assertThat(order).containsExactly("100", "200", "300", "5000");
  }

  @Test
  void sleepers_withOneDeadline_wakeInTheOrderInWhichTheyWentToSleep() {
    List<String> order = new ArrayList<>();

    together(
        sleeper(100, "a", order),
        sleeper(100, "b", order),
        sleeper(100, "c", order),
        sleeper(100, "d", order));

    assertThat(order).containsExactly("a", "b", "c", "d");
  }

  @Test
  void sleeps_inARow_doNotDrift() {
    List<Duration> wakes = new ArrayList<>();
    Duration before = ticker.now();
    Task<?> beat = Task.done();
    for (int i = 0; i < 100; i++) {
      beat = beat.then(Task.sleep(ofMillis(10))).doOnSuccess(d -> wakes.add(ticker.now()));
    }

    Deadline.value(scheduler.<Object>spawn(beat));

    assertThat(wakes.get(99).minus(before)).isBetween(ofMillis(1_000), ofMillis(1_001));
  }

  @Test
  void thePapersListing_portsLineByLine() {
    List<Duration> printed = new ArrayList<>();
    Duration start = ticker.now();

    Deadline.value(
        scheduler.spawn(
            Task.sleep(ofSeconds(1))
                .map(done -> ticker.now())
                .doOnSuccess(stop -> printed.add(stop.minus(start)))));

    assertThat(printed)
        .singleElement()
        .satisfies(d -> assertThat(d).isBetween(ofSeconds(1), ofMillis(1_001)));
  }

  @Test
  void yieldNow_letsTheOthersRunFirst() {
    List<String> order = new ArrayList<>();
    Task<?> polite =
        Task.run(() -> order.add("polite 1"))
            .then(Task.yieldNow())
            .then(Task.run(() -> order.add("polite 2")));

    together(polite, Task.run(() -> order.add("other 1")), Task.run(() -> order.add("other 2")));

    assertThat(order).containsExactly("polite 1", "other 1", "other 2", "polite 2");
  }

  @Test
  void yieldNow_completesWithNull() {
    Object value = Deadline.value(scheduler.<Object>spawn(Task.yieldNow()));

    assertThat(value).isNull();
  }

  @Test
  void never_isEndedByCancelOnly() {
    CallbackThread<?> thread = scheduler.spawn(Task.never());
    Deadline.value(scheduler.spawn(Task.sleep(ofDays(400)).then(Task.run(ticker::hold))));
    Schedulers.settle(scheduler);

    assertThat(thread.state()).isEqualTo(CallbackThread.State.WAITING);
    assertThat(thread.cancel()).isTrue();

    assertThat(Deadline.outcome(thread)).isInstanceOf(Outcome.Cancelled.class);
  }

  private Task<Void> sleeper(int millis, String name, List<String> order) {
    return Task.sleep(ofMillis(millis)).doOnSuccess(done -> order.add(name));
  }

  /** Starts the tasks at one moment, in order, and waits for all. */
  private void together(Task<?>... tasks) {
    List<CallbackThread<?>> threads = new ArrayList<>();
    Deadline.value(
        scheduler.spawn(
            Task.run(
                () -> {
                  for (Task<?> task : tasks) {
                    threads.add(scheduler.<Object>spawn(task));
                  }
                })));
    threads.forEach(Deadline::value);
  }
}
