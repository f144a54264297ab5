/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static dev.picot.Takeovers.LONG;
import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.Incident.Event;
import dev.picot.loop.Faults;
import dev.picot.loop.Loop;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The threads of loops, and those that keep house, die or stand still where no step is to blame.
 */
class LoopLossTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final Incidents incidents = new Incidents();

  private LoopScheduler build(int loops) {
    return build(loops, Deadline.LIMIT);
  }

  private LoopScheduler impatient(int loops) {
    return build(loops, Duration.ofMillis(200));
  }

  private LoopScheduler build(int loops, Duration takeoverAfter) {
    return schedulers.build(
        "checkout",
        b ->
            b.loops(loops)
                .watchdog(
                    w -> w.takeoverAfter(takeoverAfter).quiet(Duration.ZERO).listener(incidents)));
  }

  private static Loop loop(LoopScheduler scheduler) {
    return scheduler.group().loops().get(0);
  }

  @BeforeEach
  void expectDeaths() {
    schedulers.log().ignore("uncaught error on thread 'checkout-");
  }

  @Test
  void aThreadThatDiesOutsideSlices_failsTheCallbackThreads_andTheLoopStartsAfresh() {
    LoopScheduler scheduler = build(1);
    AtomicInteger finalized = new AtomicInteger();
    CountDownLatch cancelled = new CountDownLatch(1);
    CallbackThread<?> sleeps =
        scheduler.spawn(
            "sleeps",
            Task.sleep(Duration.ofHours(1)).doFinally(outcome -> finalized.incrementAndGet()));
    CallbackThread<?> waits =
        scheduler.spawn("waits", Task.async(sink -> sink.onCancel(cancelled::countDown)));
    CallbackThread<?> never = scheduler.spawn("never", Task.never());
    Schedulers.settle(scheduler);

    loop(scheduler).post(Faults.deathOutsideSlices());

    for (CallbackThread<?> thread : new CallbackThread<?>[] {sleeps, waits, never}) {
      assertThat(Deadline.error(thread))
          .isInstanceOfSatisfying(
              LoopLostException.class,
              lost -> {
                assertThat(lost.loop()).isEqualTo("checkout-1");
                assertThat(lost.callbackThread()).isEqualTo(thread.name());
              });
    }
    Deadline.await(cancelled);
    assertThat(
            Deadline.value(
                scheduler.spawn(Task.sleep(Duration.ofMillis(1)).then(Task.value("afresh")))))
        .isEqualTo("afresh");
    Takeovers.until(scheduler, "the finalizer has run", () -> finalized.get() == 1);
    assertThat(incidents.await(Event.LOOP_LOST).loop()).isEqualTo("checkout-1");
    assertThat(scheduler.stats().takeovers()).isZero();
  }

  @Test
  void whatKillsAThread_isInTheLogWithItsThread() {
    LoopScheduler scheduler = build(1);

    loop(scheduler).post(Faults.deathOutsideSlices());

    LogCapture.Entry entry =
        schedulers.log().takeError("Scheduler 'checkout': uncaught error on thread 'checkout-1'");
    assertThat(entry.error()).hasMessage("on purpose");
  }

  @Test
  void whoWaitsForAdmission_isLostWithItsLoop_andHoldsNoPermit() {
    LoopScheduler scheduler =
        schedulers.build(
            "checkout", b -> b.loops(2).maxCallbackThreads(1).maxAdmissionWait(Deadline.LIMIT));
    CallbackThread<?> admitted = scheduler.spawn(Task.never());
    CallbackThread<?> waits = scheduler.spawn(Task.done());
    while (waits.boundLoop() == admitted.boundLoop()) {
      waits.cancel();
      Deadline.outcome(waits);
      waits = scheduler.spawn(Task.done());
    }
    Schedulers.settle(scheduler);

    waits.boundLoop().post(Faults.deathOutsideSlices());

    assertThat(Deadline.error(waits)).isInstanceOf(LoopLostException.class);
    assertThat(scheduler.stats().waiting()).isZero();
    assertThat(scheduler.stats().live()).isOne();
    admitted.cancel();
    Deadline.await(scheduler.shutdown(Duration.ZERO));
  }

  @Test
  void aThreadThatDiesOutsideSlices_losesNothingThatWasPosted() {
    LoopScheduler scheduler = build(1);
    Gate gate = schedulers.gate();
    CountDownLatch ran = new CountDownLatch(2);
    scheduler.spawn(Task.run(gate::pass));
    gate.awaitArrival();
    Loop loop = loop(scheduler);
    loop.post(Faults.deathOutsideSlices());
    loop.post(new ActionTask(ran::countDown, scheduler, "of the same batch"));

    gate.open();

    Takeovers.until(scheduler, "the batch goes on", () -> ran.getCount() == 1);
    loop.post(new ActionTask(ran::countDown, scheduler, "later"));
    Deadline.await(ran);
  }

  @Test
  void whatIsDetached_isNotLostWithItsLoop() throws Exception {
    LoopScheduler scheduler = build(1);
    StuckStep stuck = new StuckStep();
    CallbackThread<String> thread = scheduler.spawn(Task.run(stuck).map(done -> "came home"));
    Takeovers.untilDetached(scheduler, thread);

    loop(scheduler).post(Faults.deathOutsideSlices());
    incidents.await(Event.LOOP_LOST);
    stuck.release();

    assertThat(thread.block(LONG)).isEqualTo("came home");
  }

  @Test
  void aThreadThatDiesInASlice_isReplaced_andItsTaskFails() {
    LoopScheduler scheduler = build(1);
    Faults.DeathInSlice death = new Faults.DeathInSlice();
    CallbackThread<?> other = scheduler.spawn(Task.never());
    Schedulers.settle(scheduler);

    loop(scheduler).post(death);

    Deadline.await(death.failed);
    Schedulers.settle(scheduler);
    Takeovers.until(scheduler, "nothing is detached", () -> scheduler.stats().detached() == 0);
    assertThat(scheduler.stats().takeovers()).isEqualTo(1);
    assertThat(other.state()).isEqualTo(CallbackThread.State.WAITING);
  }

  @Test
  void aLoopThatHangsOutsideSlices_isReported_andGetsNoNewWork() {
    LoopScheduler scheduler = impatient(2);
    CountDownLatch hangs = new CountDownLatch(1);
    Loop hung = loop(scheduler);
    try {
      hung.post(Faults.hangOutsideSlices(hangs));

      Incident told = incidents.await(Event.LOOP_HUNG);

      assertThat(told.loop()).isEqualTo("checkout-1");
      for (int i = 0; i < 100; i++) {
        assertThat(scheduler.group().choose()).isNotSameAs(hung);
      }
      hangs.countDown();
      assertThat(incidents.await(Event.LOOP_MOVES).number()).isEqualTo(told.number());
      Takeovers.until(scheduler, "it gets work again", () -> scheduler.group().choose() == hung);
    } finally {
      hangs.countDown();
    }
  }

  @Test
  void aWakeUpThatGotLost_isMadeUpFor() throws Exception {
    LoopScheduler scheduler = build(1);
    CountDownLatch ran = new CountDownLatch(1);
    Schedulers.settle(scheduler);
    Takeovers.until(
        scheduler, "the loop sleeps", () -> loop(scheduler).toString().contains("PARKED"));

    Faults.postAndLoseTheWakeUp(
        loop(scheduler), new ActionTask(ran::countDown, scheduler, "posted"));

    Deadline.await(ran);
  }

  @Test
  void aWatchdogThatDies_isStartedAgain_andTakesOver() {
    LoopScheduler scheduler = impatient(1);
    Deadline.join(Faults.killWatchdog(loop(scheduler)));
    schedulers.log().takeError("The watchdog had died");
    StuckStep stuck = new StuckStep();
    try {
      CallbackThread<?> thread = scheduler.spawn(Task.run(stuck));

      Takeovers.untilDetached(scheduler, thread);
      stuck.release();
      Deadline.value(thread);
    } finally {
      stuck.release();
    }
  }

  @Test
  void anAuxThreadThatDies_isStartedAgain_andTells() {
    LoopScheduler scheduler = impatient(1);
    Deadline.join(Faults.killAux(loop(scheduler)));
    schedulers.log().takeError("The aux thread had died");
    StuckStep stuck = new StuckStep();
    try {
      CallbackThread<?> thread = scheduler.spawn(Task.run(stuck));

      incidents.await(Event.TAKEOVER);
      stuck.release();
      Deadline.value(thread);
    } finally {
      stuck.release();
    }
  }

  @Test
  void aLongBlockingCall_isReported_andItsEnd() {
    LoopScheduler scheduler =
        schedulers.build(
            "checkout",
            b ->
                b.loops(1)
                    .elastic(e -> e.maxThreads(1).warnAfter(Duration.ofMillis(200)))
                    .watchdog(w -> w.quiet(Duration.ZERO).listener(incidents)));
    Gate gate = schedulers.gate();
    CallbackThread<?> waits = scheduler.spawn("order", Task.blockingRun(gate::pass).named("price"));
    gate.awaitArrival();
    CallbackThread<?> queued = scheduler.spawn(Task.blockingRun(() -> {}));

    Incident call = incidents.await(Event.LONG_CALL);
    Incident pool = incidents.await(Event.POOL_STUCK);

    assertThat(call.callbackThread()).isEqualTo("order");
    assertThat(call.step()).contains("for callback thread 'order'");
    assertThat(call.thread()).isEqualTo("checkout-elastic-1");
    assertThat(call.stack()).anyMatch(frame -> frame.getClassName().equals(Gate.class.getName()));
    assertThat(pool.text()).contains("1 calls are queued", "no call has returned");
    gate.open();
    Deadline.value(waits);
    Deadline.value(queued);
    assertThat(incidents.await(Event.CALL_RETURNED).number()).isEqualTo(call.number());
    assertThat(incidents.await(Event.POOL_MOVES).number()).isEqualTo(pool.number());
  }

  @Test
  void nobodyIsWarned_whileASchedulerStarts() {
    LoopScheduler scheduler =
        schedulers.build(
            "checkout",
            b ->
                b.loops(1)
                    .elastic(e -> e.warnAfter(Duration.ofMillis(10)))
                    .watchdog(
                        w ->
                            w.warnAfter(Duration.ofMillis(10))
                                .takeoverAfter(Duration.ofMillis(100))
                                .quiet(Duration.ofDays(1))
                                .listener(incidents)));
    StuckStep stuck = new StuckStep();
    StuckStep call = new StuckStep();
    try {
      CallbackThread<?> hop = scheduler.spawn(Task.blockingRun(call));
      CallbackThread<?> thread = scheduler.spawn(Task.run(stuck));

      incidents.await(Event.TAKEOVER);

      assertThat(incidents.all()).extracting(Incident::event).containsOnly(Event.TAKEOVER);
      stuck.release();
      call.release();
      Deadline.value(thread);
      Deadline.value(hop);
    } finally {
      stuck.release();
      call.release();
    }
  }

  @Test
  void aRejectedOnCancel_isReported_afterTheLoopsHaveEnded() {
    LoopScheduler scheduler = build(1);
    var sinks = new java.util.concurrent.CompletableFuture<AsyncSink<Object>>();
    CallbackThread<?> thread = scheduler.spawn(Task.async(sinks::complete));
    AsyncSink<Object> sink = Deadline.get(sinks);
    thread.cancel();
    Deadline.outcome(thread);
    scheduler.closeNow();
    Deadline.await(scheduler.onClosed());

    sink.onCancel(() -> {});

    assertThat(schedulers.log().takeError("onCancel").error())
        .isInstanceOf(SchedulerClosedException.class);
  }

  @Test
  void everyEventAndVerdict_hasItsNameOutside() {
    assertThat(dev.picot.loop.Report.Event.values())
        .extracting(Enum::name)
        .containsExactly(
            java.util.Arrays.stream(Event.values()).map(Enum::name).toArray(String[]::new));
    assertThat(dev.picot.loop.Verdict.values())
        .extracting(Enum::name)
        .containsExactly(
            java.util.Arrays.stream(Incident.Kind.values()).map(Enum::name).toArray(String[]::new));
  }

  @Test
  void aDebugger_isRecognized() {
    assertThat(WatchdogOptions.isDebugged(java.util.List.of("-Xmx1g"))).isFalse();
    assertThat(WatchdogOptions.isDebugged(java.util.List.of("-agentlib:jdwp=transport=dt_socket")))
        .isTrue();
    assertThat(WatchdogOptions.isDebugged(java.util.List.of("-Xrunjdwp:server=y"))).isTrue();
  }
}
