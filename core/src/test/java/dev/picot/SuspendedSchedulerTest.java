/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A suspended scheduler. */
class SuspendedSchedulerTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final LoopScheduler scheduler = schedulers.build("checkout", b -> b.loops(2));
  private final Inspection inspection = scheduler.inspect();
  private final AtomicInteger steps = new AtomicInteger();

  private void suspend() {
    assertThat(inspection.suspend()).isTrue();
    assertThat(inspection.isSuspended()).isTrue();
  }

  @Test
  void theTurnThatItIsSuspendedIn_ends_andTheNextHasNoSlices() {
    ManualLoops loops = LoopScheduler.builder("by-hand").manualInVirtualTime();
    Inspection view = loops.scheduler().inspect();
    Task<Integer> twice =
        Task.call(steps::incrementAndGet)
            .flatMap(first -> Task.yieldNow())
            .map(yielded -> steps.incrementAndGet());
    loops.scheduler().spawn(Task.call(view::suspend));
    CallbackThread<Integer> running = loops.scheduler().spawn(twice);

    loops.runUntilIdle();

    assertThat(steps).hasValue(1);
    assertThat(view.resume()).isTrue();
    loops.runUntilIdle();
    assertThat(running.outcome()).contains(new Outcome.Completed<>(2));
    loops.scheduler().closeNow();
    loops.runUntilIdle();
  }

  @Test
  void resultsPileUp_untilItIsResumed() {
    CompletableFuture<String> result = new CompletableFuture<>();
    CompletionStage<String> stage = result;
    List<CallbackThread<Integer>> threads = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      threads.add(scheduler.spawn(Task.await(stage).map(value -> steps.incrementAndGet())));
    }
    Schedulers.settle(scheduler);
    suspend();

    result.complete("a");
    scheduler.executor().execute(steps::incrementAndGet);
    Takeovers.until(
        scheduler,
        "all are ready",
        () -> scheduler.stats().perLoop().stream().mapToInt(Stats.Loop::ready).sum() == 101);

    assertThat(steps).hasValue(0);
    assertThat(threads).allSatisfy(thread -> assertThat(thread.outcome()).isEmpty());
    assertThat(inspection.resume()).isTrue();
    threads.forEach(Deadline::value);
    Schedulers.settle(scheduler);
    assertThat(steps).hasValue(101);
  }

  @Test
  void admission_isRefused_andSaysWhy() {
    suspend();

    assertThatThrownBy(() -> scheduler.spawn(Task.done()))
        .isInstanceOf(AdmissionRefusedException.class)
        .hasMessage(
            "Scheduler 'checkout' refused a callback thread: it is suspended. It admits work again"
                + " after inspect().resume().");
    assertThat(scheduler.stats().refused()).isEqualTo(1);
    assertThat(scheduler.stats().live()).isZero();
    inspection.resume();
    Deadline.value(scheduler.spawn(Task.done()));
  }

  @Test
  void timersThatAreDue_pileUp() {
    VirtualTicker ticker = VirtualTicker.onTick();
    LoopScheduler timed = schedulers.build("timed", b -> b.loops(1).ticker(ticker));
    ticker.hold();
    CallbackThread<Integer> sleeper =
        timed.spawn(Task.sleep(ofMillis(10)).then(Task.call(steps::incrementAndGet)));
    CallbackThread<?> limited = timed.spawn(Task.never().timeout(ofMillis(20)));
    Schedulers.settle(timed);
    timed.inspect().suspend();
    ticker.release();
    Takeovers.until(timed, "both are due", () -> timed.stats().perLoop().get(0).ready() == 2);

    assertThat(steps).hasValue(0);
    timed.inspect().resume();

    assertThat(Deadline.value(sleeper)).isEqualTo(1);
    assertThat(Deadline.error(limited)).isInstanceOf(TaskTimeoutException.class);
  }

  @Test
  void whatWasCancelled_endsOnceItIsResumed() {
    CallbackThread<?> thread = scheduler.spawn(Task.never());
    Schedulers.settle(scheduler);
    suspend();

    assertThat(thread.cancel()).isTrue();
    inspection.resume();

    assertThat(Deadline.outcome(thread)).isInstanceOf(Outcome.Cancelled.class);
  }

  @Test
  void suspendAndResume_tellWhetherTheyChangedSomething() {
    assertThat(inspection.resume()).isFalse();
    assertThat(inspection.suspend()).isTrue();
    assertThat(inspection.suspend()).isFalse();
    assertThat(inspection.resume()).isTrue();
    assertThat(inspection.isSuspended()).isFalse();
  }

  @Test
  void oneThatWasSuspendedItself_staysSo() {
    CallbackThread<?> thread = scheduler.spawn(Task.never());
    inspection.suspend(thread);
    suspend();
    inspection.resume();

    assertThat(inspection.callbackThread(thread).suspended()).isTrue();
  }

  @Test
  void closing_resumesIt() {
    CompletableFuture<String> result = new CompletableFuture<>();
    CompletionStage<String> stage = result;
    CallbackThread<String> thread = scheduler.spawn(Task.await(stage));
    Schedulers.settle(scheduler);
    suspend();
    result.complete("a");

    CompletionStage<Void> closed = scheduler.shutdown(ofSeconds(10));

    assertThat(Deadline.value(thread)).isEqualTo("a");
    Deadline.await(closed);
    assertThat(inspection.suspend()).isFalse();
    assertThat(inspection.isSuspended()).isFalse();
  }

  @Test
  void aStuckStep_isTakenOver_andReturnsIntoThePile() {
    LoopScheduler taken = schedulers.build("taken", b -> Takeovers.onDemand("taken"));
    StuckStep stuck = new StuckStep();
    CallbackThread<Integer> thread =
        taken.spawn(Task.run(stuck).then(Task.call(steps::incrementAndGet)));
    stuck.awaitEntered();
    taken.inspect().suspend();
    Takeovers.untilDetached(taken, thread);
    stuck.releaseAndAwait();
    Takeovers.until(taken, "it is back", () -> taken.stats().perLoop().get(0).ready() == 1);

    assertThat(steps).hasValue(0);
    taken.inspect().resume();
    assertThat(Deadline.value(thread)).isEqualTo(1);
  }

  @Test
  void theDump_saysSo() {
    suspend();

    assertThat(inspection.dump()).startsWith("scheduler 'checkout' (suspended): 0 live");
    assertThat(Json.parse(inspection.dumpJson())).extracting("suspended").isEqualTo(true);
  }
}
