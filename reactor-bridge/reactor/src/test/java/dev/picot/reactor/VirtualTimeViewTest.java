/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.LoopScheduler;
import dev.picot.ManualLoops;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** Delays and periods to the millisecond: a view of loops that a test drives, in virtual time. */
class VirtualTimeViewTest {
  private static final Duration HOUR = Duration.ofHours(1);

  private final ManualLoops loops = LoopScheduler.builder("virtual").loops(1).manualInVirtualTime();
  private final Scheduler view = CallbackSchedulers.of(loops.scheduler());

  /** When what ran, in milliseconds since the beginning. */
  private final List<Long> times = new ArrayList<>();

  @AfterEach
  void close() {
    loops.close();
  }

  private void note() {
    times.add(loops.elapsed().toMillis());
  }

  private void advance(long millis) {
    loops.advance(Duration.ofMillis(millis));
  }

  @Test
  void aDelayedTaskRunsInItsMillisecond() {
    view.schedule(this::note, 20, TimeUnit.MILLISECONDS);
    view.createWorker().schedule(this::note, 30, TimeUnit.MILLISECONDS);

    advance(19);
    assertThat(times).isEmpty();
    advance(100);

    assertThat(times).containsExactly(20L, 30L);
  }

  @Test
  void aDelayBeyondTheReachOfTheTimersIsKept() {
    view.schedule(this::note, 100, TimeUnit.DAYS);

    loops.advance(Duration.ofDays(99));
    assertThat(times).isEmpty();
    loops.advance(Duration.ofDays(1));

    assertThat(times).containsExactly(TimeUnit.DAYS.toMillis(100));
  }

  @Test
  void aDelayedTaskThatWasDisposedDoesNotRun() {
    view.schedule(this::note, 50, TimeUnit.MILLISECONDS).dispose();
    view.schedule(this::note, 80, TimeUnit.MILLISECONDS);

    advance(100);

    assertThat(times).containsExactly(80L);
  }

  @Test
  void timedTasksOfAWorkerRunInTheOrderOfTheirTimesAndAmongTheOthers() {
    Scheduler.Worker worker = view.createWorker();

    for (int delay : new int[] {150, 50, 100}) {
      worker.schedule(this::note, delay, TimeUnit.MILLISECONDS);
    }
    worker.schedule(this::note);
    advance(200);

    assertThat(times).containsExactly(0L, 50L, 100L, 150L);
  }

  @Test
  void aPeriodicTaskRunsAtItsRate() {
    Disposable alone = view.schedulePeriodically(this::note, 5, 10, TimeUnit.MILLISECONDS);

    advance(36);
    alone.dispose();
    advance(100);

    assertThat(times).containsExactly(5L, 15L, 25L, 35L);
  }

  @Test
  void runsThatWereHeldUpFollowAtOnceAndTheRateStays() {
    view.createWorker().schedulePeriodically(this::note, 10, 10, TimeUnit.MILLISECONDS);
    loops.runUntilIdle();

    loops.scheduler().inspect().suspend();
    advance(34);
    loops.scheduler().inspect().resume();
    advance(20);

    assertThat(times).containsExactly(34L, 34L, 34L, 40L, 50L);
  }

  @Test
  void aDelayThatIsNotPositiveTakesNoTime() {
    view.schedule(this::note, 0, TimeUnit.MILLISECONDS);
    view.schedule(this::note, Long.MIN_VALUE, TimeUnit.MILLISECONDS);
    view.schedulePeriodically(this::note, -1, 1, TimeUnit.HOURS);

    loops.runUntilIdle();

    assertThat(times).containsExactly(0L, 0L, 0L);
  }

  @Test
  void theClockIsVirtual() {
    long before = view.now(TimeUnit.MINUTES);

    loops.advance(HOUR);

    assertThat(view.now(TimeUnit.MINUTES) - before).isEqualTo(60);
  }

  @Test
  void operatorsWaitInVirtualTime() {
    List<Object> signals = new ArrayList<>();
    Flux.interval(HOUR, view).take(3).subscribe(signals::add);
    Flux.just("a", "b").delayElements(HOUR, view).subscribe(signals::add);
    Mono.never().timeout(HOUR.multipliedBy(5), view).subscribe(signals::add, signals::add);

    loops.advance(HOUR.multipliedBy(4));
    assertThat(signals).containsExactlyInAnyOrder(0L, 1L, 2L, "a", "b");
    loops.advance(HOUR);

    assertThat(signals.get(5)).isInstanceOf(TimeoutException.class);
  }

  @Test
  void anInterruptOfTheDriverIsNotLost() {
    Scheduler.Worker worker = view.createWorker();
    List<Boolean> interrupted = new ArrayList<>();
    worker.schedule(() -> Thread.currentThread().interrupt());
    worker.schedule(() -> interrupted.add(Thread.currentThread().isInterrupted()));

    loops.runUntilIdle();

    assertThat(interrupted).containsExactly(false);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void gracefulDisposalWaitsInVirtualTime() {
    List<String> events = new ArrayList<>();
    view.schedule(() -> events.add("delayed"), 1, TimeUnit.HOURS);
    view.disposeGracefully().subscribe(nothing -> {}, error -> {}, () -> events.add("completed"));

    loops.runUntilIdle();
    assertThat(events).isEmpty();
    loops.advance(HOUR);

    assertThat(events).containsExactly("delayed", "completed");
  }
}
