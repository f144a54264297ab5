/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Cancelling a callback thread, and protecting a part of it. */
class TaskCancellationTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final LoopScheduler scheduler = schedulers.one();
  private final List<String> trace = new ArrayList<>();
  private final AtomicReference<AsyncSink<String>> sink = new AtomicReference<>();

  private Task<Void> note(String what) {
    return Task.run(() -> trace.add(what));
  }

  private CallbackThread<?> waiting(Task<?> task) {
    CallbackThread<?> thread = scheduler.<Object>spawn(task);
    Schedulers.settle(scheduler);
    return thread;
  }

  private static void assertCancelled(CallbackThread<?> thread) {
    assertThat(Deadline.outcome(thread)).isInstanceOf(Outcome.Cancelled.class);
    assertThat(thread.state()).isEqualTo(CallbackThread.State.CANCELLED);
  }

  @Test
  void cancel_beforeTheStart_runsNoStep() {
    Gate gate = schedulers.gate();
    CallbackThread<?> busy = scheduler.spawn(Task.run(gate::pass));
    gate.awaitArrival();
    CallbackThread<?> thread =
        scheduler.spawn(note("step").doFinally(outcome -> trace.add("finally")));

    assertThat(thread.cancel()).isTrue();
    gate.open();

    assertCancelled(thread);
    Deadline.value(busy);
    assertThat(trace).isEmpty();
  }

  @Test
  void cancel_twice_isFalseTheSecondTime() {
    CallbackThread<?> thread = waiting(Task.never());

    assertThat(thread.cancel()).isTrue();
    assertThat(thread.cancel()).isFalse();

    assertCancelled(thread);
    assertThat(thread.cancel()).isFalse();
  }

  @Test
  void cancel_afterTheEnd_isFalse_andChangesNothing() {
    CallbackThread<String> thread = scheduler.spawn(Task.value("a"));
    Deadline.value(thread);

    assertThat(thread.cancel()).isFalse();

    assertThat(Deadline.value(thread)).isEqualTo("a");
  }

  @Test
  void cancel_duringAStep_letsTheStepEnd_andStartsNoOther() {
    Gate gate = schedulers.gate();
    CallbackThread<?> thread =
        scheduler.spawn(
            Task.run(gate::pass).doOnSuccess(d -> trace.add("next")).then(note("more")));
    gate.awaitArrival();

    thread.cancel();
    gate.open();

    assertCancelled(thread);
    assertThat(trace).isEmpty();
  }

  @Test
  void cancel_byItself_endsItAfterTheStep() {
    CallbackThread<?> thread =
        scheduler.spawn(
            Task.run(() -> CallbackThread.current().orElseThrow().cancel()).then(note("next")));

    assertCancelled(thread);
    assertThat(trace).isEmpty();
  }

  @Test
  void cancel_whileReady_endsIt() {
    CallbackThread<?> thread = scheduler.spawn(yields());

    thread.cancel();

    assertCancelled(thread);
  }

  @Test
  void cancel_whileSleeping_endsItAtOnce() {
    CallbackThread<?> thread = waiting(Task.sleep(ofSeconds(1_000)));

    thread.cancel();

    assertCancelled(thread);
  }

  @Test
  void cancel_isNoError() {
    CallbackThread<?> thread =
        waiting(Task.<Void>never().onErrorResume(e -> note("resumed")).onErrorMap(e -> e));

    thread.cancel();

    assertCancelled(thread);
    assertThat(trace).isEmpty();
  }

  @Test
  void uncancellable_endsAsTheTask() {
    CallbackThread<String> thread = scheduler.spawn(Task.value("a").uncancellable());

    assertThat(Deadline.value(thread)).isEqualTo("a");
  }

  @Test
  void uncancellable_finishesItsWait_thenEnds() {
    CallbackThread<?> thread =
        waiting(Task.async(sink::set).doOnSuccess(trace::add).uncancellable().then(note("after")));

    assertThat(thread.cancel()).isTrue();
    Schedulers.settle(scheduler);
    assertThat(thread.state()).isEqualTo(CallbackThread.State.WAITING);
    sink.get().success("value");

    assertCancelled(thread);
    assertThat(trace).containsExactly("value");
  }

  @Test
  void uncancellable_finishesItsSleep_thenEnds() {
    CallbackThread<?> thread =
        waiting(Task.sleep(ofMillis(20)).then(note("slept")).uncancellable().then(note("after")));

    thread.cancel();

    assertCancelled(thread);
    assertThat(trace).containsExactly("slept");
  }

  @Test
  void uncancellable_finishesItsSteps_thenEnds() {
    Gate gate = schedulers.gate();
    CallbackThread<?> thread =
        scheduler.spawn(
            Task.run(gate::pass)
                .then(note("one"))
                .then(Task.yieldNow())
                .then(Task.blockingRun(() -> trace.add("two")))
                .then(note("three"))
                .uncancellable()
                .then(note("after")));
    gate.awaitArrival();

    thread.cancel();
    gate.open();

    assertCancelled(thread);
    assertThat(trace).containsExactly("one", "two", "three");
  }

  @Test
  void uncancellable_nested_endsWithTheOuter() {
    CallbackThread<?> thread =
        waiting(
            Task.async(sink::set)
                .then()
                .uncancellable()
                .then(note("still protected"))
                .uncancellable()
                .then(note("after")));

    thread.cancel();
    sink.get().success("value");

    assertCancelled(thread);
    assertThat(trace).containsExactly("still protected");
  }

  @Test
  void uncancellable_cancelledBefore_doesNotBegin() {
    CallbackThread<?> thread =
        scheduler.spawn(
            Task.run(() -> CallbackThread.current().orElseThrow().cancel())
                .then(note("protected").uncancellable()));

    assertCancelled(thread);
    assertThat(trace).isEmpty();
  }

  @Test
  void uncancellable_failingWhileCancelled_isCancelled_andItsErrorWasSeenWithin() {
    CallbackThread<?> thread =
        waiting(
            Task.async(sink::set)
                .then()
                .onErrorResume(e -> note("seen " + e.getMessage()))
                .uncancellable());

    thread.cancel();
    sink.get().error(new IllegalStateException("broken"));

    assertCancelled(thread);
    assertThat(trace).containsExactly("seen broken");
  }

  @Test
  void finalizers_runInnermostFirst_betweenProtectedParts() {
    CallbackThread<?> thread =
        waiting(
            Task.never()
                .doFinally(o -> trace.add("1"))
                .named("x")
                .doFinally(o -> trace.add("2"))
                .timeout(ofSeconds(100))
                .doFinally(o -> trace.add("3")));

    thread.cancel();

    assertCancelled(thread);
    assertThat(trace).containsExactly("1", "2", "3");
  }

  @Test
  void manyCancels_ofManyThreads_endEachOnce() {
    List<CallbackThread<?>> threads = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      threads.add(scheduler.spawn(i % 2 == 0 ? Task.never() : yields()));
    }

    threads.forEach(CallbackThread::cancel);

    threads.forEach(TaskCancellationTest::assertCancelled);
    assertThat(scheduler.stats().cancelled()).isEqualTo(1_000);
  }

  private static Task<Void> yields() {
    return Task.yieldNow().flatMap(done -> yields());
  }
}
