/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.TraceEvent.Kind;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class TraceTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final LoopScheduler scheduler = schedulers.one();
  private final Inspection inspection = scheduler.inspect();
  private final List<TraceEvent> events = new CopyOnWriteArrayList<>();

  /** Waits until the callback thread has ended and all its events were delivered. */
  private List<TraceEvent> eventsUntilEnd(CallbackThread<?> thread) {
    Deadline.outcome(thread);
    Takeovers.until(
        thread.scheduler(),
        "its end is told",
        () -> events.stream().anyMatch(e -> e.callbackThread() == thread && e.kind() == Kind.END));
    return events.stream().filter(e -> e.callbackThread() == thread).toList();
  }

  @Test
  void aCallbackThread_isFollowedFromSliceToSlice() {
    CompletableFuture<String> result = new CompletableFuture<>();
    CompletionStage<String> stage = result;
    CallbackThread<String> thread = scheduler.spawn(Task.await(stage).map(value -> value + "!"));
    Schedulers.settle(scheduler);
    Trace trace = inspection.trace(thread, events::add);
    result.complete("a");

    assertThat(eventsUntilEnd(thread))
        .extracting(e -> e.kind() + " " + e.detail())
        .containsExactly(
            "SLICE_BEGIN ",
            "WAIT_END stage java.util.concurrent.CompletableFuture",
            "STEP dev.picot.TraceTest",
            "SLICE_END end",
            "END COMPLETED");
    assertThat(trace.dropped()).isZero();
  }

  @Test
  void everythingOfAScheduler_isFollowed_alsoWhatHasWaitedForAdmission() {
    LoopScheduler small =
        schedulers.build(
            "small", b -> b.loops(1).maxCallbackThreads(1).maxAdmissionWait(Deadline.LIMIT));
    Trace trace = small.inspect().trace(events::add);
    CallbackThread<?> admitted = small.spawn(Task.never());
    CallbackThread<?> waits = small.spawn(Task.yieldNow());
    Schedulers.settle(small);
    admitted.cancel();

    assertThat(eventsUntilEnd(waits))
        .extracting(e -> e.kind() + " " + e.detail())
        .containsExactly(
            "SLICE_BEGIN ", "SLICE_END yield", "SLICE_BEGIN ", "SLICE_END end", "END COMPLETED");
    trace.close();
  }

  @Test
  void everythingOfAScheduler_isFollowed_alsoWhatComesLater() {
    CallbackThread<?> before = scheduler.spawn(Task.never());
    Schedulers.settle(scheduler);
    Trace trace = inspection.trace(events::add);
    CallbackThread<?> later = scheduler.spawn(Task.yieldNow());
    before.cancel();

    assertThat(eventsUntilEnd(later))
        .extracting(e -> e.kind() + " " + e.detail())
        .containsExactly(
            "SLICE_BEGIN ", "SLICE_END yield", "SLICE_BEGIN ", "SLICE_END end", "END COMPLETED");
    assertThat(eventsUntilEnd(before))
        .extracting(e -> e.kind() + " " + e.detail())
        .contains("END CANCELLED");
    trace.close();
  }

  @Test
  void waits_areToldFromTheirBeginningToTheirEnd() {
    LoopScheduler timed = schedulers.one(VirtualTicker.onTick());
    timed.inspect().trace(events::add);
    CallbackThread<?> thread = timed.spawn(Task.sleep(ofMillis(100)));

    List<TraceEvent> told = eventsUntilEnd(thread);

    assertThat(told)
        .extracting(TraceEvent::kind)
        .containsExactly(
            Kind.SLICE_BEGIN,
            Kind.SLICE_END,
            Kind.WAIT_BEGIN,
            Kind.SLICE_BEGIN,
            Kind.WAIT_END,
            Kind.SLICE_END,
            Kind.END);
    assertThat(told).extracting(TraceEvent::on).containsOnly("checkout-1");
    assertThat(told.get(4).detail()).isEqualTo("time");
    assertThat(told.get(4).at().minus(told.get(2).at())).isEqualTo(ofMillis(100));
  }

  @Test
  void aHop_isTold() {
    inspection.trace(events::add);
    CallbackThread<?> thread = scheduler.spawn(Task.blocking(() -> "a"));

    assertThat(eventsUntilEnd(thread))
        .extracting(e -> e.kind() + " " + e.detail())
        .startsWith("SLICE_BEGIN ", "HOP dev.picot.TraceTest")
        .endsWith("SLICE_END end", "END COMPLETED");
  }

  @Test
  void suspendAndResume_areTold() {
    CallbackThread<?> thread = scheduler.spawn(Task.yieldNow().then(Task.never()));
    inspection.suspend(thread);
    Schedulers.settle(scheduler);
    inspection.trace(thread, events::add);
    inspection.resume(thread);
    inspection.suspend(thread);
    thread.cancel();

    assertThat(eventsUntilEnd(thread)).extracting(TraceEvent::kind).contains(Kind.RESUMED);
  }

  @Test
  void aTakeover_isTold() {
    LoopScheduler taken = schedulers.build("taken", b -> Takeovers.onDemand("taken"));
    taken.inspect().trace(events::add);
    StuckStep stuck = new StuckStep();
    CallbackThread<?> thread = taken.spawn(Task.run(stuck));
    Takeovers.untilDetached(taken, thread);
    stuck.releaseAndAwait();

    assertThat(eventsUntilEnd(thread))
        .extracting(e -> e.kind() + " " + e.detail())
        .containsExactly(
            "SLICE_BEGIN ",
            "STEP dev.picot.StuckStep",
            "TAKEOVER taken-1",
            "HOME ",
            "SLICE_BEGIN ",
            "SLICE_END end",
            "END COMPLETED");
  }

  @Test
  void theConsumer_isCalledOffTheLoop_andMayBlock() {
    Gate gate = schedulers.gate();
    List<String> threads = new CopyOnWriteArrayList<>();
    Trace trace =
        inspection.trace(
            event -> {
              threads.add(Thread.currentThread().getName());
              gate.pass();
            });
    Deadline.value(scheduler.spawn(Task.done()));
    gate.awaitArrival();

    Deadline.value(scheduler.spawn(Task.done()));

    assertThat(threads).singleElement().asString().startsWith("picot-trace-");
    trace.close();
  }

  @Test
  void whatIsTooMuch_isDroppedAndCounted() {
    Gate gate = schedulers.gate();
    Trace trace =
        inspection.trace(
            event -> {
              gate.pass();
              events.add(event);
            });
    int slices = Trace.CAPACITY;
    Deadline.value(scheduler.spawn(yields(slices)));

    assertThat(trace.dropped()).as("of three for each slice").isGreaterThanOrEqualTo(2L * slices);
    trace.close();
    gate.open();
    Takeovers.until(scheduler, "the rest is told", () -> events.size() >= Trace.CAPACITY);
    assertThat(events).hasSizeBetween(Trace.CAPACITY, Trace.CAPACITY + 1);
  }

  private static Task<Void> yields(int times) {
    return times == 0 ? Task.done() : Task.yieldNow().flatMap(done -> yields(times - 1));
  }

  @Test
  void aConsumerThatThrows_isToldTheRest() {
    inspection.trace(
        event -> {
          events.add(event);
          throw new IllegalStateException("disk full");
        });
    CallbackThread<?> thread = scheduler.spawn(Task.done());

    assertThat(eventsUntilEnd(thread)).hasSize(3);
    for (int i = 0; i < 3; i++) {
      assertThat(schedulers.log().takeError("The consumer of a trace failed").error())
          .hasMessage("disk full");
    }
  }

  @Test
  void afterClosing_nothingIsTold() {
    Trace trace = inspection.trace(events::add);
    trace.close();
    Deadline.value(scheduler.spawn(Task.done()));

    assertThat(events).isEmpty();
  }

  @Test
  void theThreadOfATrace_endsWithIt() {
    CallbackThread<?> thread = scheduler.spawn(Task.never());
    inspection.trace(thread, events::add);
    thread.cancel();
    eventsUntilEnd(thread);

    Takeovers.until(
        scheduler,
        "its thread has ended",
        () ->
            CallbackThreads.census().stream()
                .noneMatch(t -> t.role() == CallbackThreads.Role.TRACE));
  }

  @Test
  void ofAnEndedCallbackThread_itEndsAtOnce() {
    CallbackThread<?> ended = scheduler.spawn(Task.done());
    Deadline.value(ended);
    inspection.trace(ended, events::add);

    Takeovers.until(
        scheduler,
        "its thread has ended",
        () ->
            CallbackThreads.census().stream()
                .noneMatch(t -> t.role() == CallbackThreads.Role.TRACE));
  }

  @Test
  void closingTheScheduler_endsItsTraces_andTheyTellEverything() {
    var told = new CountDownLatch(1);
    inspection.trace(
        event -> {
          if (event.kind() == Kind.END) {
            told.countDown();
          }
        });
    scheduler.spawn(Task.sleep(ofSeconds(1_000)));
    scheduler.closeNow();

    Deadline.await(told);
  }

  @Test
  void severalTraces_areToldTheSame() {
    List<TraceEvent> other = new CopyOnWriteArrayList<>();
    inspection.trace(events::add);
    Trace second = inspection.trace(other::add);
    CallbackThread<?> thread = scheduler.spawn(Task.done());
    List<TraceEvent> told = eventsUntilEnd(thread);
    second.close();
    Takeovers.until(scheduler, "as many", () -> other.size() >= told.size());

    assertThat(other)
        .extracting(TraceEvent::kind)
        .containsExactlyElementsOf(told.stream().map(TraceEvent::kind).toList());
  }

  @Test
  void whoIsTraced_givesTheLoopBackAsOften() {
    ManualLoops loops = LoopScheduler.manual("by-hand");
    AtomicInteger steps = new AtomicInteger();
    AtomicInteger seen = new AtomicInteger();
    Task<Integer> many = Task.value(0);
    for (int i = 0; i < 10_000; i++) {
      many = many.map(value -> steps.incrementAndGet());
    }

    Trace trace = loops.scheduler().inspect().trace(event -> {});
    loops.scheduler().spawn(many);
    loops.scheduler().spawn(Task.run(() -> seen.set(steps.get())));
    loops.runUntilIdle();

    trace.close();
    assertThat(seen.get()).isLessThan(1_000);
    assertThat(steps).hasValue(10_000);
    loops.scheduler().closeNow();
    loops.runUntilIdle();
  }
}
