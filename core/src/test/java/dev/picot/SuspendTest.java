/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A suspended callback thread. */
class SuspendTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final LoopScheduler scheduler = schedulers.one();
  private final Inspection inspection = scheduler.inspect();
  private final CompletableFuture<String> result = new CompletableFuture<>();
  private final AtomicInteger steps = new AtomicInteger();

  private Task<String> awaitThenStep() {
    CompletionStage<String> stage = result;
    return Task.await(stage)
        .map(
            value -> {
              steps.incrementAndGet();
              return value;
            });
  }

  private void assertHeld(CallbackThread<?> thread) {
    CallbackThreadInfo info = thread.scheduler().inspect().callbackThread(thread);
    assertThat(info.suspended()).isTrue();
    assertThat(info.state()).isEqualTo(CallbackThread.State.WAITING);
    assertThat(info.waitsFor()).isEqualTo("resume");
  }

  @Test
  void aResult_whileSuspended_isKept_andNoStepBegins() {
    CallbackThread<String> thread = scheduler.spawn(awaitThenStep());
    Schedulers.settle(scheduler);
    assertThat(inspection.suspend(thread)).isTrue();

    result.complete("a");
    Schedulers.settle(scheduler);
    Schedulers.settle(scheduler);

    assertThat(steps).hasValue(0);
    assertHeld(thread);
    assertThat(inspection.resume(thread)).isTrue();
    assertThat(Deadline.value(thread)).isEqualTo("a");
    assertThat(steps).hasValue(1);
  }

  @Test
  void resume_whileItStillWaits_letsItWaitOn() {
    CallbackThread<String> thread = scheduler.spawn(awaitThenStep());
    Schedulers.settle(scheduler);
    inspection.suspend(thread);
    inspection.resume(thread);
    Schedulers.settle(scheduler);

    assertThat(thread.state()).isEqualTo(CallbackThread.State.WAITING);
    result.complete("a");

    assertThat(Deadline.value(thread)).isEqualTo("a");
  }

  @Test
  void aSleepThatIsOver_whileSuspended_staysOver() {
    VirtualTicker ticker = VirtualTicker.onTick();
    LoopScheduler timed = schedulers.build("timed", b -> b.loops(1).ticker(ticker));
    ticker.hold();
    CallbackThread<String> thread =
        timed.spawn(Task.sleep(ofMillis(100)).then(Task.call(() -> "awake")));
    CallbackThread<?> later = timed.spawn(Task.sleep(ofMillis(200)));
    Schedulers.settle(timed);
    timed.inspect().suspend(thread);
    ticker.release();
    Deadline.value(later);
    Schedulers.settle(timed);
    Duration before = ticker.now();

    assertHeld(thread);
    timed.inspect().resume(thread);

    assertThat(Deadline.value(thread)).isEqualTo("awake");
    assertThat(ticker.now()).isEqualTo(before);
  }

  @Test
  void suspend_whileRunning_takesEffectAfterTheStep() {
    Gate gate = schedulers.gate();
    CallbackThread<String> thread =
        scheduler.spawn(Task.call(gate.before("a")).then(Task.call(() -> "b" + steps.get())));
    gate.awaitArrival();
    assertThat(inspection.suspend(thread)).isTrue();
    gate.open();
    Schedulers.settle(scheduler);

    assertHeld(thread);
    steps.set(7);
    inspection.resume(thread);

    assertThat(Deadline.value(thread)).isEqualTo("b7");
  }

  @Test
  void suspend_duringTheLastStep_letsItEnd() {
    Gate gate = schedulers.gate();
    CallbackThread<String> thread = scheduler.spawn(Task.call(gate.before("a")).named("last"));
    gate.awaitArrival();
    inspection.suspend(thread);
    gate.open();

    assertThat(Deadline.value(thread)).isEqualTo("a");
  }

  @Test
  void suspend_beforeTheFirstStep_startsNone() {
    Gate gate = schedulers.gate();
    scheduler.spawn(Task.run(gate::pass));
    gate.awaitArrival();
    CallbackThread<Integer> thread = scheduler.spawn(Task.call(steps::incrementAndGet));
    inspection.suspend(thread);
    gate.open();
    Schedulers.settle(scheduler);

    assertThat(steps).hasValue(0);
    inspection.resume(thread);

    assertThat(Deadline.value(thread)).isEqualTo(1);
  }

  @Test
  void itMaySuspendItself() {
    CallbackThread<Integer> thread =
        scheduler.spawn(
            Task.run(() -> inspection.suspend(CallbackThread.current().orElseThrow()))
                .then(Task.call(steps::incrementAndGet)));
    Schedulers.settle(scheduler);

    assertHeld(thread);
    assertThat(steps).hasValue(0);
    inspection.resume(thread);

    assertThat(Deadline.value(thread)).isEqualTo(1);
  }

  @Test
  void itTimesOut_whileItWaits() {
    LoopScheduler timed = schedulers.one(VirtualTicker.onTick());
    CallbackThread<Void> thread =
        timed.spawn(
            Task.using(
                    Task.run(() -> timed.inspect().suspend(CallbackThread.current().orElseThrow())),
                    acquired -> Task.never(),
                    (acquired, outcome) -> Task.run(steps::incrementAndGet))
                .timeout(ofMillis(100))
                .named("limited")
                .then());

    assertThat(Deadline.error(thread)).isInstanceOf(TaskTimeoutException.class);
    assertThat(steps).as("finalizers").hasValue(1);
  }

  @Test
  void itTimesOut_whileItWaitsToBeResumed() {
    LoopScheduler timed = schedulers.one(VirtualTicker.onTick());
    CallbackThread<Integer> thread =
        timed.spawn(
            Task.run(() -> timed.inspect().suspend(CallbackThread.current().orElseThrow()))
                .then(Task.call(steps::incrementAndGet))
                .timeout(ofSeconds(1)));

    assertThat(Deadline.error(thread)).isInstanceOf(TaskTimeoutException.class);
    assertThat(steps).hasValue(0);
  }

  @Test
  void whatFollowsATimeout_waitsToBeResumed() {
    LoopScheduler timed = schedulers.one(VirtualTicker.onTick());
    CallbackThread<String> thread =
        timed.spawn(
            Task.run(() -> timed.inspect().suspend(CallbackThread.current().orElseThrow()))
                .then(Task.<String>never())
                .timeout(ofSeconds(1))
                .onErrorResume(
                    error -> {
                      steps.incrementAndGet();
                      return Task.value("late");
                    }));
    CallbackThread<?> later = timed.spawn(Task.sleep(ofSeconds(2)));
    Deadline.value(later);
    Schedulers.settle(timed);

    assertHeld(thread);
    assertThat(steps).hasValue(0);
    timed.inspect().resume(thread);

    assertThat(Deadline.value(thread)).isEqualTo("late");
  }

  @Test
  void anAcquireThatIsUnderWay_isFinished_andNothingIsDoneWithIt() {
    CompletionStage<String> stage = result;
    CallbackThread<String> thread =
        scheduler.spawn(
            Task.using(
                Task.await(stage).map(value -> value + steps.incrementAndGet()),
                acquired -> Task.call(() -> acquired + steps.incrementAndGet()),
                (acquired, outcome) -> Task.run(steps::incrementAndGet)));
    Schedulers.settle(scheduler);
    inspection.suspend(thread);
    result.complete("a");
    Schedulers.settle(scheduler);
    Schedulers.settle(scheduler);

    assertThat(steps).hasValue(1);
    assertHeld(thread);
    inspection.resume(thread);
    assertThat(Deadline.value(thread)).isEqualTo("a12");
    assertThat(steps).hasValue(3);
  }

  @Test
  void aReleaseThatIsUnderWay_isFinished() {
    CompletionStage<String> stage = result;
    CallbackThread<Integer> thread =
        scheduler.spawn(
            Task.using(
                    Task.done(),
                    none -> Task.done(),
                    (none, outcome) -> Task.await(stage).then(Task.run(steps::incrementAndGet)))
                .then(Task.call(() -> steps.addAndGet(10))));
    Schedulers.settle(scheduler);
    inspection.suspend(thread);
    result.complete("closed");
    Schedulers.settle(scheduler);
    Schedulers.settle(scheduler);

    assertThat(steps).hasValue(1);
    assertHeld(thread);
    inspection.resume(thread);
    assertThat(Deadline.value(thread)).isEqualTo(11);
  }

  @Test
  void cancel_whileSuspended_endsIt_withItsFinalizers() {
    CallbackThread<?> thread =
        scheduler.spawn(awaitThenStep().doFinally(outcome -> steps.addAndGet(10)));
    Schedulers.settle(scheduler);
    inspection.suspend(thread);
    result.complete("a");
    Schedulers.settle(scheduler);

    assertThat(thread.cancel()).isTrue();

    assertThat(Deadline.outcome(thread)).isInstanceOf(Outcome.Cancelled.class);
    assertThat(steps).hasValue(10);
  }

  @Test
  void cancel_ofAnUncancellablePart_resumesIt() {
    CallbackThread<String> thread = scheduler.spawn(awaitThenStep().uncancellable());
    Schedulers.settle(scheduler);
    inspection.suspend(thread);
    thread.cancel();
    result.complete("a");

    assertThat(Deadline.outcome(thread)).isInstanceOf(Outcome.Cancelled.class);
    assertThat(steps).hasValue(1);
  }

  @Test
  void suspendAndResume_tellWhetherTheyChangedSomething() {
    CallbackThread<?> waiting = scheduler.spawn(Task.never());
    CallbackThread<?> ended = scheduler.spawn(Task.done());
    Deadline.outcome(ended);

    assertThat(inspection.suspend(waiting)).isTrue();
    assertThat(inspection.suspend(waiting)).isFalse();
    assertThat(inspection.resume(waiting)).isTrue();
    assertThat(inspection.resume(waiting)).isFalse();
    assertThat(inspection.suspend(ended)).isFalse();
    assertThat(inspection.resume(ended)).isFalse();
    waiting.cancel();
    assertThat(inspection.suspend(waiting)).isFalse();
  }

  @Test
  void whileDetached_itIsHeldOnceItsStepHasReturned() {
    LoopScheduler taken = schedulers.build("taken", b -> Takeovers.onDemand("taken"));
    StuckStep stuck = new StuckStep();
    CallbackThread<Integer> thread =
        taken.spawn(Task.run(stuck).then(Task.call(steps::incrementAndGet)));
    Takeovers.untilDetached(taken, thread);

    assertThat(taken.inspect().suspend(thread)).isTrue();
    stuck.releaseAndAwait();
    Takeovers.until(taken, "it is held", () -> thread.state() == CallbackThread.State.WAITING);

    assertHeld(thread);
    assertThat(steps).hasValue(0);
    taken.inspect().resume(thread);
    assertThat(Deadline.value(thread)).isEqualTo(1);
  }

  @Test
  void whileStuck_itIsHeldAfterTheTakeover() {
    LoopScheduler taken = schedulers.build("taken", b -> Takeovers.onDemand("taken"));
    StuckStep stuck = new StuckStep();
    CallbackThread<Integer> thread =
        taken.spawn(Task.run(stuck).then(Task.call(steps::incrementAndGet)));
    stuck.awaitEntered();
    taken.inspect().suspend(thread);
    Takeovers.untilDetached(taken, thread);
    stuck.releaseAndAwait();
    Takeovers.until(taken, "it is held", () -> thread.state() == CallbackThread.State.WAITING);

    assertThat(steps).hasValue(0);
    taken.inspect().resume(thread);
    assertThat(Deadline.value(thread)).isEqualTo(1);
  }

  @Test
  void closing_cancelsIt() {
    CallbackThread<String> thread = scheduler.spawn(awaitThenStep());
    Schedulers.settle(scheduler);
    inspection.suspend(thread);
    result.complete("a");
    Schedulers.settle(scheduler);

    scheduler.closeNow();

    assertThat(Deadline.outcome(thread)).isInstanceOf(Outcome.Cancelled.class);
    Deadline.await(scheduler.onClosed());
  }

  @Test
  void oneOfAnotherScheduler_isRefused() {
    LoopScheduler other = schedulers.build("other", b -> b.loops(1));
    CallbackThread<?> foreign = other.spawn("foreign", Task.never());

    assertThatIllegalArgumentException()
        .isThrownBy(() -> inspection.suspend(foreign))
        .withMessage("callback thread 'foreign' is of scheduler 'other' (expected: 'checkout')");
  }

  @Test
  void suspendedAndResumedAgainAndAgain_losesNothing() {
    CallbackThread<Integer> thread = scheduler.spawn(countTo(20_000));

    while (thread.outcome().isEmpty()) {
      inspection.suspend(thread);
      Thread.onSpinWait();
      inspection.resume(thread);
    }

    assertThat(Deadline.value(thread)).isEqualTo(20_000);
  }

  private Task<Integer> countTo(int most) {
    return Task.yieldNow()
        .then(Task.call(steps::incrementAndGet))
        .flatMap(n -> n < most ? countTo(most) : Task.value(n));
  }
}
