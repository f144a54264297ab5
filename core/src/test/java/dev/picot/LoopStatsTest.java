/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The figures of each loop. */
class LoopStatsTest {
  private static final Duration ONE_MILLISECOND = ofMillis(1);

  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final LoopScheduler scheduler = schedulers.one();

  private static Stats.Loop loop(LoopScheduler scheduler) {
    return scheduler.stats().perLoop().get(0);
  }

  private static void until(LoopScheduler scheduler, String what, Predicate<Stats.Loop> reached) {
    Takeovers.until(scheduler, what, () -> reached.test(loop(scheduler)));
  }

  @Test
  void thereAreSome_ofEachLoop() {
    LoopScheduler two = schedulers.build("two", b -> b.loops(2));

    assertThat(two.stats().perLoop())
        .extracting(Stats.Loop::name)
        .containsExactly("two-1", "two-2");
  }

  @Test
  void theyCount_whatWaits_withAndWithoutADeadline() {
    List<CallbackThread<?>> all = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      all.add(scheduler.spawn(Task.never()));
    }
    for (int i = 0; i < 4; i++) {
      all.add(scheduler.spawn(Task.sleep(ofSeconds(1_000))));
    }
    all.add(scheduler.spawn(Task.never().timeout(ofSeconds(1_000))));
    until(scheduler, "all wait", loop -> loop.waiting() == 3 && loop.timers() == 5);

    all.forEach(CallbackThread::cancel);

    until(scheduler, "none waits", loop -> loop.waiting() == 0 && loop.timers() == 0);
    assertThat(loop(scheduler).ready()).isZero();
  }

  @Test
  void theyCount_whatWaitsForAdmission_asLongAsItDoes() {
    LoopScheduler small =
        schedulers.build(
            "small", b -> b.loops(1).maxCallbackThreads(2).maxAdmissionWait(Deadline.LIMIT));
    List<CallbackThread<?>> admitted =
        List.of(small.spawn(Task.never()), small.spawn(Task.never()));
    CallbackThread<?> letIn = small.spawn(Task.never());
    CallbackThread<?> cancelled = small.spawn(Task.never());
    until(small, "two wait for admission", loop -> loop.waiting() == 2 && loop.timers() == 2);

    cancelled.cancel();
    admitted.get(0).cancel();
    until(small, "nobody does", loop -> loop.waiting() == 2 && loop.timers() == 0);
    admitted.get(1).cancel();
    letIn.cancel();

    until(small, "none waits", loop -> loop.waiting() == 0 && loop.timers() == 0);
  }

  @Test
  void theyCount_whatIsReady_asOfTheTurnBefore() {
    scheduler.inspect().suspend();
    scheduler.executor().execute(() -> {});
    scheduler.executor().execute(() -> {});

    until(scheduler, "both are ready", loop -> loop.ready() == 2);
    scheduler.inspect().resume();

    until(scheduler, "none is ready", loop -> loop.ready() == 0 && loop.slices() == 2);
  }

  @Test
  void whateverHappens_theCountsOfThoseThatWait_areRight() {
    Random random = new Random(42);
    List<CallbackThread<?>> all = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      all.add(scheduler.spawn(wait(random)));
      CallbackThread<?> one = all.get(random.nextInt(all.size()));
      switch (random.nextInt(4)) {
        case 0 -> one.cancel();
        case 1 -> scheduler.inspect().suspend(one);
        case 2 -> scheduler.inspect().resume(one);
        default -> {}
      }
    }
    all.forEach(CallbackThread::cancel);
    all.forEach(Deadline::outcome);

    until(scheduler, "none waits", loop -> loop.waiting() == 0 && loop.timers() == 0);
  }

  private static Task<Void> wait(Random random) {
    Task<Void> wait =
        switch (random.nextInt(5)) {
          case 0 -> Task.never();
          case 1 -> Task.sleep(ofMillis(random.nextInt(5)));
          case 2 -> Task.sleep(Duration.ofDays(1_000));
          case 3 -> Task.blockingRun(() -> {});
          default ->
              Task.<Void>never()
                  .timeout(ofMillis(1 + random.nextInt(5)))
                  .onErrorResume(late -> Task.done());
        };
    return random.nextBoolean() ? wait.timeout(ofSeconds(1_000)) : wait;
  }

  @Test
  void oneSliceIn64_isTimed() {
    VirtualTicker ticker = VirtualTicker.onTick();
    LoopScheduler timed = schedulers.build("timed", b -> b.loops(1).ticker(ticker));
    for (int i = 0; i < 640; i++) {
      Deadline.value(timed.spawn(Task.run(() -> ticker.advance(ofMillis(3)))));
    }
    until(timed, "ten were timed", loop -> loop.hold().count() == 10);

    Stats.Sampled hold = loop(timed).hold();

    assertThat(hold.max()).isEqualTo(ofMillis(3));
    assertThat(hold.median()).isEqualTo(ofMillis(3));
    assertThat(loop(timed).lag().max()).isZero();
    assertThat(loop(timed).slices()).isGreaterThanOrEqualTo(640);
  }

  @Test
  void lag_isTheWaitBehindOthersOfTheTurn() {
    VirtualTicker ticker = VirtualTicker.onTick();
    LoopScheduler timed = schedulers.build("timed", b -> b.loops(1).ticker(ticker));
    timed.inspect().suspend();
    for (int i = 0; i < 64; i++) {
      timed.executor().execute(() -> ticker.advance(Duration.ofNanos(1_000)));
    }
    until(timed, "all are ready", loop -> loop.ready() == 64);
    timed.inspect().resume();
    until(timed, "one was timed", loop -> loop.lag().count() == 1);

    assertThat(loop(timed).lag().max()).isEqualTo(Duration.ofNanos(63_000));
    assertThat(loop(timed).hold().max()).isEqualTo(Duration.ofNanos(1_000));
  }

  @Test
  void utilisation_isThePartOfTheTime_inWhichItDidNotRest() {
    VirtualTicker ticker = VirtualTicker.onTick();
    LoopScheduler timed = schedulers.build("timed", b -> b.loops(1).ticker(ticker));
    Task<Void> quarterBusy =
        Task.run(() -> ticker.advance(ofMillis(25))).then(Task.sleep(ofMillis(75)));
    CallbackThread<Void> thread = timed.spawn(repeat(quarterBusy, 100));
    Deadline.value(thread);

    assertThat(loop(timed).utilisation()).isBetween(0.2, 0.3);
  }

  private static Task<Void> repeat(Task<Void> body, int times) {
    return times == 0 ? Task.done() : body.flatMap(done -> repeat(body, times - 1));
  }

  @Test
  void stallsAndTakeovers_areCounted() {
    LoopScheduler taken =
        schedulers.build(
            "taken",
            b ->
                Takeovers.builder("taken") // once, and not again while the machine pauses
                    .watchdog(w -> w.warnAfter(ofMillis(1_500)).takeoverAfter(ofMillis(1_500))));
    StuckStep stuck = new StuckStep();
    CallbackThread<?> thread = taken.spawn(Task.run(stuck));
    Takeovers.until(taken, "it is detached", () -> taken.stats().detached() == 1);
    stuck.releaseAndAwait();
    Deadline.outcome(thread);

    assertThat(loop(taken).stalls()).isEqualTo(1);
    assertThat(loop(taken).takeovers()).isEqualTo(1);
  }

  @Test
  void whileALoopIsStuck_theyAnswerInLessThanAMillisecond() {
    CallbackThread<?> waiting = scheduler.spawn(Task.never());
    until(scheduler, "it waits", loop -> loop.waiting() == 1);
    Gate gate = schedulers.gate();
    scheduler.spawn(Task.run(gate::pass));
    gate.awaitArrival();

    long best = Long.MAX_VALUE;
    for (int i = 0; i < 100; i++) {
      long began = System.nanoTime();
      Stats stats = scheduler.stats();
      best = Math.min(best, System.nanoTime() - began);
      assertThat(stats.live()).isEqualTo(2);
      assertThat(stats.perLoop().get(0).waiting()).isEqualTo(1);
    }

    assertThat(Duration.ofNanos(best)).isLessThan(ONE_MILLISECOND);
    assertThat(waiting.state()).isEqualTo(CallbackThread.State.WAITING);
  }
}
