/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static dev.picot.Takeovers.A_PAUSE;
import static dev.picot.Takeovers.LONG;
import static dev.picot.Takeovers.TAKEOVER_AFTER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.picot.loop.Loop;
import dev.picot.loop.LoopThread;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Many stalls: at once, one after the other, and more than may be. */
class TakeoverStormTest {
  private static final int STORM = 1_000;
  private static final int LOOPS = 64;
  private static final int MAX_DETACHED = 256;
  private static final Duration BACK_IN_TIME = Duration.ofMillis(150);
  private static final Duration TOO_LATE = Duration.ofMillis(600);

  @BeforeAll
  static void warmUp() throws Exception {
    Takeovers.warmUp();
  }

  @Test
  void severalLoopsThatGetStuckAtOnceAllGoOnInTime() throws Exception {
    int loops = 32;
    Incidents incidents = new Incidents();
    LoopScheduler scheduler =
        Takeovers.builder("several")
            .loops(loops)
            .watchdog(w -> w.maxDetached(loops).listener(incidents))
            .build();
    List<StuckStep> stuck = new ArrayList<>();
    try (Lateness lateness = new Lateness()) {
      stickEachLoop(scheduler, Blockers.PARK, stuck);
      long last = stuck.stream().mapToLong(StuckStep::enteredAt).max().orElseThrow();
      long allowedBefore = lateness.allowedMillis();

      awaitAnswers(scheduler);

      long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - last);
      long allowed = lateness.allowedMillis() - allowedBefore;
      System.out.printf(
          "%d stuck loops had all been taken over after %d ms"
              + " (takeoverAfter %d ms; allowed for a starved machine: %d ms)%n",
          loops, took, TAKEOVER_AFTER.toMillis(), allowed);
      assertThat(took)
          .as("allowed for a starved machine: %d ms", allowed)
          .isLessThanOrEqualTo(TAKEOVER_AFTER.toMillis() + 100 + allowed + A_PAUSE.toMillis());
      Takeovers.until(scheduler, "all are told of", () -> takeovers(incidents).count() == loops);
      assertThat(
              takeovers(incidents).map(Incident::duration).max(Duration::compareTo).orElseThrow())
          .as("as counted by the watchdog, without pauses")
          .isLessThan(TAKEOVER_AFTER.plusMillis(100 + allowed));
    } finally {
      stuck.forEach(StuckStep::release);
      Takeovers.closeClean(scheduler);
    }
  }

  private static Stream<Incident> takeovers(Incidents incidents) {
    return incidents.all().stream().filter(incident -> incident.event() == Incident.Event.TAKEOVER);
  }

  @Test
  void aLogThatHangsKeepsNoLoopFromBeingTakenOver() throws Exception {
    LoopScheduler scheduler = Takeovers.builder("silent").loops(4).build();
    List<StuckStep> stuck = new ArrayList<>();
    CountDownLatch logs = new CountDownLatch(1);
    Handler hanging =
        new Handler() {
          @Override
          public void publish(LogRecord entry) {
            awaitQuietly(logs);
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Logger logger = Logger.getLogger("dev.picot");
    logger.addHandler(hanging);
    try {
      stickEachLoop(scheduler, Blockers.PARK, stuck);

      awaitAnswers(scheduler);

      assertThat(scheduler.stats().takeovers()).isGreaterThanOrEqualTo(4);
    } finally {
      logger.removeHandler(hanging);
      logs.countDown();
      stuck.forEach(StuckStep::release);
      Takeovers.closeClean(scheduler);
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void stickEachLoop(LoopScheduler scheduler, Blockers how, List<StuckStep> stuck) {
    for (Loop loop : scheduler.group().loops()) {
      StuckStep step = new StuckStep(how);
      stuck.add(step);
      loop.post(new ActionTask(step, scheduler, "stuck"));
    }
    stuck.forEach(StuckStep::awaitEntered);
  }

  private static void awaitAnswers(LoopScheduler scheduler) throws InterruptedException {
    List<Loop> loops = scheduler.group().loops();
    CountDownLatch answers = new CountDownLatch(loops.size());
    loops.forEach(loop -> loop.post(new ActionTask(answers::countDown, scheduler, "answer")));
    assertThat(answers.await(LONG.toSeconds(), TimeUnit.SECONDS)).as("all loops go on").isTrue();
  }

  @Test
  void aStormOfTakeoversLeavesNothingBehind() throws Exception {
    LoopScheduler scheduler =
        LoopScheduler.builder("storm")
            .loops(LOOPS)
            .watchdog(
                w ->
                    w.takeoverAfter(Duration.ofMillis(100))
                        .failAfter(Duration.ofMillis(300))
                        .maxDetached(MAX_DETACHED)
                        .quiet(Duration.ofDays(1)))
            .build();
    AtomicInteger begun = new AtomicInteger();
    AtomicInteger continued = new AtomicInteger();
    AtomicInteger finalized = new AtomicInteger();
    TestConnections connections = new TestConnections();
    AtomicInteger stuck = new AtomicInteger();
    List<CompletableFuture<Integer>> futures = new ArrayList<>();
    try {
      for (int i = 0; scheduler.stats().takeovers() < STORM; i++) {
        Takeovers.until(
            scheduler, "there is room for one more", () -> scheduler.stats().live() < 4 * LOOPS);
        Duration holds = i % 2 == 0 ? BACK_IN_TIME : TOO_LATE;
        CallbackThread<Integer> thread =
            admitted(
                scheduler,
                connections
                    .using(
                        connection ->
                            Task.run(
                                    () -> {
                                      begun.incrementAndGet();
                                      stuck.incrementAndGet();
                                      Takeovers.rest(holds.toNanos());
                                      stuck.decrementAndGet();
                                    })
                                .map(done -> continued.incrementAndGet()),
                        () -> {})
                    .doFinally(outcome -> finalized.incrementAndGet()));
        futures.add(thread.toFuture());
      }

      int completed = 0;
      int failed = 0;
      for (CompletableFuture<Integer> future : futures) {
        try {
          future.get(LONG.toSeconds(), TimeUnit.SECONDS);
          completed++;
        } catch (ExecutionException e) {
          assertThat(e).hasCauseInstanceOf(LoopStalledException.class);
          failed++;
        }
      }
      Takeovers.until(scheduler, "every step has returned", () -> stuck.get() == 0);
      Takeovers.until(scheduler, "no step is stuck", () -> scheduler.stats().detached() == 0);
      Takeovers.until(scheduler, "all has ended", () -> scheduler.stats().live() == 0);
      System.out.printf(
          "%d takeovers of %d loops: %d steps came back in time, %d too late%n",
          scheduler.stats().takeovers(), LOOPS, completed, failed);
      assertThat(scheduler.stats().takeovers()).isGreaterThanOrEqualTo(failed);
      assertThat(failed).isPositive();
      assertThat(completed).isPositive();
      assertThat(continued).hasValue(completed);
      assertThat(begun).hasValue(futures.size());
      assertThat(finalized).hasValue(futures.size());
      assertThat(connections.closed()).isEqualTo(failed);
      assertThat(connections.idle() + connections.closed()).isEqualTo(connections.opened());
    } finally {
      Takeovers.closeClean(scheduler);
    }
    assertThreadsEnd("storm");
  }

  private static <T> CallbackThread<T> admitted(LoopScheduler scheduler, Task<T> task) {
    AtomicReference<CallbackThread<T>> thread = new AtomicReference<>();
    Takeovers.until(
        scheduler,
        "work is admitted",
        () -> {
          try {
            thread.set(scheduler.spawn(task));
            return true;
          } catch (AdmissionRefusedException e) {
            return false;
          }
        });
    return thread.get();
  }

  @Test
  void atTheLimitWorkIsRefusedAndAStuckLoopWaitsForOneToReturn() throws Exception {
    StuckStep first = new StuckStep();
    StuckStep second = new StuckStep();
    LoopScheduler scheduler = Takeovers.builder("limited").watchdog(w -> w.maxDetached(1)).build();
    try {
      CallbackThread<Void> one = scheduler.spawn(Task.run(first));
      CallbackThread<Void> two = scheduler.spawn(Task.run(second));
      Takeovers.untilDetached(scheduler, one);
      second.awaitEntered();

      assertThatThrownBy(() -> scheduler.spawn(Task.value(1)))
          .isInstanceOf(AdmissionRefusedException.class)
          .hasMessageContaining("watchdog.maxDetached = 1");
      Takeovers.rest(TAKEOVER_AFTER.multipliedBy(2).toNanos());
      assertThat(two.state()).as("the limit holds").isEqualTo(CallbackThread.State.ACTIVE);
      assertThat(scheduler.stats().takeovers()).isEqualTo(1);

      first.release();

      Takeovers.untilDetached(scheduler, two);
      assertThat(scheduler.stats().takeovers()).isEqualTo(2);
      second.release();
      two.block(LONG);
      one.block(LONG);
      Takeovers.until(scheduler, "both are back", () -> scheduler.stats().detached() == 0);
      assertThat(scheduler.spawn(Task.value("admitted")).block(LONG)).isEqualTo("admitted");
    } finally {
      first.release();
      second.release();
      Takeovers.closeClean(scheduler);
    }
  }

  @Test
  void theSameCallbackThreadCanBeDetachedAgainAndAgain() throws Exception {
    LoopScheduler scheduler = Takeovers.onDemand("again").build();
    AtomicReference<StuckStep> now = new AtomicReference<>(new StuckStep());
    try {
      CallbackThread<Integer> thread =
          scheduler.spawn(
              Task.run(() -> now.get().run())
                  .then(Task.run(() -> now.get().run()))
                  .then(Task.run(() -> now.get().run()))
                  .then(Task.value(3)));
      for (int i = 1; i <= 3; i++) {
        int takeovers = i;
        StuckStep stuck = now.get();
        Takeovers.takingOver(
            scheduler, i + " takeovers", () -> scheduler.stats().takeovers() == takeovers);
        Takeovers.untilDetached(scheduler, thread);
        now.set(new StuckStep());
        stuck.release();
      }
      assertThat(thread.block(LONG)).isEqualTo(3);
    } finally {
      Takeovers.closeClean(scheduler);
    }
  }

  @Test
  void closingWithinAStallLeavesNoThreadBehind() throws Exception {
    StuckStep[] stuck = {
      new StuckStep(Blockers.SPIN), new StuckStep(Blockers.SPIN), new StuckStep(Blockers.SPIN)
    };
    LoopScheduler scheduler = Takeovers.builder("leak").loops(1).build();
    for (StuckStep step : stuck) {
      scheduler.executor().execute(() -> run(step));
    }
    Takeovers.until(scheduler, "the last one is stuck", () -> scheduler.stats().detached() == 3);

    scheduler.closeNow();
    scheduler.onClosed().toCompletableFuture().get(LONG.toSeconds(), TimeUnit.SECONDS);
    for (StuckStep step : stuck) {
      step.release();
    }

    assertThreadsEnd("leak");
  }

  private static void run(StuckStep step) {
    try {
      step.run();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** All threads of the loops end; those that keep house are there while there are schedulers. */
  private static void assertThreadsEnd(String name) throws InterruptedException {
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread instanceof LoopThread) {
        thread.join(LONG.toMillis());
        assertThat(thread.isAlive()).as("%s is alive after closing '%s'", thread, name).isFalse();
      }
    }
  }
}
