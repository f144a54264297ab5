/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofNanos;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A callback thread gives its loop back after a while, whether it wants to or not. */
class FairnessTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final VirtualTicker ticker = VirtualTicker.onTick();
  private final LoopScheduler scheduler = schedulers.one(ticker);

  @Test
  void aChainOfFlatMaps_letsTheOthersRun() {
    var busySteps = new AtomicInteger();
    List<Integer> seen = new ArrayList<>();

    together(chain(100_000, busySteps, Duration.ZERO), Task.run(() -> seen.add(busySteps.get())));

    assertThat(seen).singleElement().satisfies(steps -> assertThat(steps).isBetween(1, 256));
  }

  @Test
  void slowSteps_letTheOthersRunEarlier() {
    var busySteps = new AtomicInteger();
    List<Integer> seen = new ArrayList<>();

    together(chain(1_000, busySteps, ofMillis(1)), Task.run(() -> seen.add(busySteps.get())));

    assertThat(seen).singleElement().satisfies(steps -> assertThat(steps).isBetween(1, 5));
  }

  @Test
  void stepsOfMiddleLength_letTheOthersRunAfterAboutAMillisecond() {
    var busySteps = new AtomicInteger();
    List<Duration> seen = new ArrayList<>();
    Duration before = ticker.now();

    together(
        chain(10_000, busySteps, ofNanos(50_000)),
        Task.run(() -> seen.add(ticker.now().minus(before))));

    assertThat(seen)
        .singleElement()
        .satisfies(time -> assertThat(time).isBetween(ofMillis(1), ofMillis(3)));
  }

  @Test
  void twoChains_takeTurns() {
    var one = new AtomicInteger();
    var other = new AtomicInteger();
    var farthest = new AtomicInteger();
    Runnable compare =
        () -> farthest.accumulateAndGet(Math.abs(one.get() - other.get()), Math::max);

    together(
        chain(20_000, one, Duration.ZERO, compare), chain(20_000, other, Duration.ZERO, compare));

    assertThat(farthest.get()).isBetween(1, 512);
  }

  @Test
  void synchronousResults_countAsSteps() {
    var steps = new AtomicInteger();
    List<Integer> seen = new ArrayList<>();

    together(awaits(10_000, steps), Task.run(() -> seen.add(steps.get())));

    assertThat(seen).singleElement().satisfies(n -> assertThat(n).isBetween(1, 256));
  }

  @Test
  void anEndlessLoop_thatNeverWaits_letsTheOthersGoOn() {
    var iterations = new AtomicInteger();
    List<Integer> seen = new ArrayList<>();
    CallbackThread<?> busy =
        scheduler.spawn(
            Task.loop(
                () -> {
                  iterations.incrementAndGet();
                  return Task.done();
                }));

    together(
        Task.forLoop(
            0, 100, i -> Task.run(() -> seen.add(iterations.get())).then(Task.yieldNow())));

    assertThat(seen).hasSize(100).isSorted();
    assertThat(seen.get(99) - seen.get(0)).isBetween(99, 99 * 256);
    busy.cancel();
  }

  @Test
  void aForEach_whoseValuesAreThere_letsTheOthersRun() {
    var values = new AtomicInteger();
    List<Integer> seen = new ArrayList<>();

    together(
        Task.forEach(Publishers.counting(10_000), 256, v -> Task.run(values::incrementAndGet)),
        Task.run(() -> seen.add(values.get())));

    assertThat(seen).singleElement().satisfies(n -> assertThat(n).isBetween(1, 256));
  }

  private Task<Void> chain(int length, AtomicInteger steps, Duration work) {
    return chain(length, steps, work, () -> {});
  }

  private Task<Void> chain(int length, AtomicInteger steps, Duration work, Runnable each) {
    return length == 0
        ? Task.done()
        : Task.run(
                () -> {
                  ticker.advance(work);
                  steps.incrementAndGet();
                  each.run();
                })
            .flatMap(done -> chain(length - 1, steps, work, each));
  }

  private static Task<Void> awaits(int length, AtomicInteger steps) {
    return length == 0
        ? Task.done()
        : Task.await(Publishers.of(steps.incrementAndGet()))
            .flatMap(done -> awaits(length - 1, steps));
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
