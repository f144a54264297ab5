/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static dev.picot.Takeovers.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** What gets stuck is not a step: foreign code that the engine calls, or the engine's own ends. */
class TakeoverOfForeignCodeTest {
  private static final Duration FAIL_AFTER = Duration.ofMillis(300);

  private final StuckStep stuck = new StuckStep();
  private LoopScheduler scheduler = Takeovers.builder("foreign").build();

  @AfterEach
  void close() {
    stuck.release();
    Takeovers.closeClean(scheduler);
    Schedulers.awaitHouseEmpty();
  }

  @Test
  void aSubscribeThatComesBackLateDeliversItsValue() throws Exception {
    CallbackThread<String> thread = scheduler.spawn(Task.await(stuckOnSubscribe("value")));
    Takeovers.untilDetached(scheduler, thread);
    assertOthersGoOn();

    stuck.release();

    assertThat(thread.block(LONG)).isEqualTo("value");
  }

  @Test
  void aSubscriptionThatBeganAfterTheFailureIsCancelled() throws Exception {
    failing();
    CountDownLatch cancelled = new CountDownLatch(1);
    Publisher<String> publisher =
        subscriber -> {
          runUnchecked(stuck);
          subscriber.onSubscribe(new CancelledBy(cancelled::countDown));
        };
    CallbackThread<String> thread = scheduler.spawn(Task.await(publisher));
    assertThatThrownBy(() -> thread.block(LONG)).isInstanceOf(LoopStalledException.class);

    stuck.release();

    assertThat(cancelled.await(LONG.toSeconds(), TimeUnit.SECONDS)).as("cancelled").isTrue();
  }

  @Test
  void whatASubscribeGivesAfterTheFailureIsReleased() throws Exception {
    failing();
    CountDownLatch released = new CountDownLatch(1);
    AtomicInteger used = new AtomicInteger();
    CallbackThread<Integer> thread =
        scheduler.spawn(
            Task.using(
                Task.await(stuckOnSubscribe("connection")),
                connection -> Task.call(used::incrementAndGet),
                (connection, outcome) -> Task.run(released::countDown)));
    assertThatThrownBy(() -> thread.block(LONG)).isInstanceOf(LoopStalledException.class);

    stuck.release();

    assertThat(released.await(LONG.toSeconds(), TimeUnit.SECONDS)).as("released").isTrue();
    assertThat(used).hasValue(0);
  }

  @Test
  void aRequestThatComesBackLateIsFollowedByItsValues() throws Exception {
    List<String> values = new CopyOnWriteArrayList<>();
    Publisher<String> publisher =
        to ->
            to.onSubscribe(
                new Requested(
                    () -> {
                      runUnchecked(stuck);
                      to.onNext("value");
                      to.onComplete();
                    },
                    () -> {}));
    CallbackThread<Void> thread =
        scheduler.spawn(Task.forEach(publisher, v -> Task.run(() -> values.add(v))));
    Takeovers.untilDetached(scheduler, thread);
    assertOthersGoOn();

    stuck.release();

    assertThat(thread.block(LONG)).isNull();
    assertThat(values).containsExactly("value");
  }

  @Test
  void aStuckBodyOfAForEachThatFailsCancelsThePublisherOnTheNewOwner() throws Exception {
    failing();
    CompletableFuture<Thread> cancelledOn = new CompletableFuture<>();
    Publisher<String> publisher =
        to ->
            to.onSubscribe(
                new Requested(
                    () -> to.onNext("value"), () -> cancelledOn.complete(Thread.currentThread())));
    CallbackThread<Void> thread =
        scheduler.spawn(Task.forEach(publisher, 2, value -> Task.run(stuck)));

    assertThatThrownBy(() -> thread.block(LONG)).isInstanceOf(LoopStalledException.class);

    assertThat(cancelledOn.get(LONG.toSeconds(), TimeUnit.SECONDS)).isNotSameAs(stuck.thread());
  }

  @Test
  void anOnCancelThatComesBackLateIsFollowedByTheFinalizersOnTheNewOwner() throws Exception {
    List<Thread> finalizedOn = new CopyOnWriteArrayList<>();
    CallbackThread<Object> thread =
        scheduler.spawn(
            Task.async(sink -> sink.onCancel(stuck))
                .doFinally(outcome -> finalizedOn.add(Thread.currentThread())));
    cancelWhileWaiting(thread);
    Takeovers.untilDetached(scheduler, thread);
    assertOthersGoOn();

    stuck.release();

    assertThatThrownBy(() -> thread.block(LONG)).isInstanceOf(CancellationException.class);
    assertThat(finalizedOn).hasSize(1).doesNotContain(stuck.thread());
  }

  @Test
  void anOnCancelAfterATimeoutThatComesBackLateIsFollowedByWhatHandlesTheTimeout()
      throws Exception {
    scheduler.closeNow();
    scheduler = Takeovers.builder("timed").ticker(VirtualTicker.onTick()).build();
    List<Thread> finalizedOn = new CopyOnWriteArrayList<>();
    CallbackThread<String> thread =
        scheduler.spawn(
            Task.<String>async(sink -> sink.onCancel(stuck))
                .doFinally(outcome -> finalizedOn.add(Thread.currentThread()))
                .timeout(Duration.ofMillis(10))
                .onErrorResume(TaskTimeoutException.class, e -> Task.value("timed out")));
    Takeovers.untilDetached(scheduler, thread);

    stuck.release();

    assertThat(thread.block(LONG)).isEqualTo("timed out");
    assertThat(finalizedOn).hasSize(1).doesNotContain(stuck.thread());
  }

  @Test
  void aFinalizerThatComesBackLateIsFollowedByTheOthersOnTheNewOwner() throws Exception {
    List<Thread> finalizedOn = new CopyOnWriteArrayList<>();
    CallbackThread<String> thread =
        scheduler.spawn(
            Task.value("done")
                .doFinally(outcome -> stuck.run())
                .doFinally(outcome -> finalizedOn.add(Thread.currentThread())));
    Takeovers.untilDetached(scheduler, thread);
    assertOthersGoOn();

    stuck.release();

    assertThat(thread.block(LONG)).isEqualTo("done");
    assertThat(finalizedOn).hasSize(1).doesNotContain(stuck.thread());
  }

  @Test
  void aFinalizerOfACancelledOneThatComesBackLateIsFollowedByTheOthersOnTheNewOwner()
      throws Exception {
    List<Thread> finalizedOn = new CopyOnWriteArrayList<>();
    CallbackThread<Object> thread =
        scheduler.spawn(
            Task.never()
                .doFinally(outcome -> stuck.run())
                .doFinally(outcome -> finalizedOn.add(Thread.currentThread())));
    cancelWhileWaiting(thread);
    Takeovers.untilDetached(scheduler, thread);

    stuck.release();

    assertThatThrownBy(() -> thread.block(LONG)).isInstanceOf(CancellationException.class);
    assertThat(finalizedOn).hasSize(1).doesNotContain(stuck.thread());
  }

  @Test
  void aFinalizerOfACancelledOneThatDoesNotComeBackFails() throws Exception {
    failing();
    CountDownLatch others = new CountDownLatch(1);
    CallbackThread<Object> thread =
        scheduler.spawn(
            Task.never()
                .doFinally(outcome -> stuck.run())
                .doFinally(outcome -> others.countDown()));
    cancelWhileWaiting(thread);

    assertThatThrownBy(() -> thread.block(LONG)).isInstanceOf(LoopStalledException.class);
    assertThat(others.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
  }

  private void cancelWhileWaiting(CallbackThread<?> thread) {
    Takeovers.until(scheduler, "it waits", () -> thread.state() == CallbackThread.State.WAITING);
    thread.cancel();
  }

  @Test
  void aSubscriberThatGetsStuckKeepsNoOtherFromItsSignals() throws Exception {
    failing();
    CallbackThread<String> thread = scheduler.spawn(Task.value("outcome"));
    thread.block(LONG);
    Recorder first = new Recorder(stuck);
    Recorder second = new Recorder(() -> {});
    Recorder third = new Recorder(() -> {});

    thread.subscribe(first);
    thread.subscribe(second);
    thread.subscribe(third);
    CallbackThread<String> joining = scheduler.spawn(thread.join());

    assertThat(second.completed.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(third.completed.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(joining.block(LONG)).isEqualTo("outcome");
    waitFor(FAIL_AFTER.multipliedBy(2)); // a stuck subscriber is never failed
    assertThat(first.signals).containsExactly("onNext outcome");

    stuck.release();

    assertThat(first.completed.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(first.signals).containsExactly("onNext outcome", "onComplete");
    assertThat(second.signals).containsExactly("onNext outcome", "onComplete");
    assertThat(third.signals).containsExactly("onNext outcome", "onComplete");
  }

  @Test
  void aDependentOfAFutureThatGetsStuckKeepsNoOtherFromItsResult() throws Exception {
    failing();
    Gate gate = new Gate();
    CallbackThread<String> thread =
        scheduler.spawn(Task.run(gate::pass).then(Task.value("outcome")));
    CompletableFuture<Void> first = thread.toFuture().thenAccept(value -> runUnchecked(stuck));
    CompletableFuture<String> second = thread.toFuture().thenApply(value -> value + "!");
    gate.open();

    assertThat(second.get(LONG.toSeconds(), TimeUnit.SECONDS)).isEqualTo("outcome!");
    assertThat(first).isNotDone();

    stuck.release();

    first.get(LONG.toSeconds(), TimeUnit.SECONDS);
  }

  @Test
  void whatAStepThatComesBackTooLateDoesForOthersReachesThem() throws Exception {
    failing();
    AtomicReference<AsyncSink<String>> sink = new AtomicReference<>();
    CallbackThread<String> waits = scheduler.spawn(Task.async(sink::set));
    CompletableFuture<String> spawned = new CompletableFuture<>();
    CallbackThread<Void> late =
        scheduler.spawn(
            Task.run(
                () -> {
                  stuck.run();
                  sink.get().success("woken");
                  scheduler.spawn(Task.call(() -> spawned.complete("started")));
                }));
    assertThatThrownBy(() -> late.block(LONG)).isInstanceOf(LoopStalledException.class);
    assertOthersGoOn(); // and then the loop sleeps

    stuck.release();

    assertThat(waits.block(LONG)).isEqualTo("woken");
    assertThat(spawned.get(LONG.toSeconds(), TimeUnit.SECONDS)).isEqualTo("started");
  }

  @Test
  void anExecutorTaskIsDetachedAndNeverFailed() throws Exception {
    failing();
    CountDownLatch returned = new CountDownLatch(1);
    CountDownLatch next = new CountDownLatch(1);
    scheduler
        .executor()
        .execute(
            () -> {
              runUnchecked(stuck);
              returned.countDown();
            });
    scheduler.executor().execute(next::countDown);

    assertThat(next.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
    waitFor(FAIL_AFTER.multipliedBy(2));
    assertThat(scheduler.stats().detached()).isEqualTo(1);

    stuck.release();

    assertThat(returned.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void closingEndsWhileAStepIsStuck() throws Exception {
    CountDownLatch finalized = new CountDownLatch(1);
    CallbackThread<Object> thread =
        scheduler.spawn(Task.run(stuck).then(Task.never()).doFinally(o -> finalized.countDown()));
    stuck.awaitEntered();

    scheduler.closeNow();
    scheduler.onClosed().toCompletableFuture().get(LONG.toSeconds(), TimeUnit.SECONDS);

    assertThat(finalized.getCount()).as("finalizers before the end").isZero();
    assertThatThrownBy(() -> thread.block(LONG)).isInstanceOf(LoopStalledException.class);
    assertThat(scheduler.stats().live()).isZero();
  }

  @Test
  void closingEndsWhileAnExecutorTaskIsStuck() throws Exception {
    scheduler.executor().execute(() -> runUnchecked(stuck));
    CallbackThread<String> other = scheduler.spawn(Task.value("other"));
    stuck.awaitEntered();

    scheduler.closeNow();
    scheduler.onClosed().toCompletableFuture().get(LONG.toSeconds(), TimeUnit.SECONDS);

    assertThat(other.outcome()).isPresent();
    assertThat(scheduler.stats().live()).isZero();
  }

  @Test
  void closingEndsWhileAsManyStepsAreStuckAsMayBe() throws Exception {
    scheduler.closeNow();
    scheduler = Takeovers.builder("crowded").loops(3).watchdog(w -> w.maxDetached(1)).build();
    List<CallbackThread<Void>> threads = new CopyOnWriteArrayList<>();
    CountDownLatch entered = new CountDownLatch(3);
    while (entered.getCount() > 0 && threads.size() < 30) {
      threads.add(
          scheduler.spawn(
              Task.run(
                  () -> {
                    entered.countDown();
                    stuck.run();
                  })));
    }

    scheduler.closeNow();
    scheduler.onClosed().toCompletableFuture().get(LONG.toSeconds(), TimeUnit.SECONDS);

    assertThat(scheduler.stats().live()).isZero();
    assertThat(threads)
        .allSatisfy(
            thread ->
                assertThatThrownBy(() -> thread.block(LONG))
                    .isInstanceOfAny(LoopStalledException.class, CancellationException.class));
  }

  private void failing() {
    scheduler.closeNow();
    scheduler = Takeovers.failingAfter("failing", FAIL_AFTER).build();
  }

  private void assertOthersGoOn() throws Exception {
    assertThat(scheduler.spawn(Task.yieldNow().then(Task.value("other"))).block(LONG))
        .isEqualTo("other");
  }

  private void waitFor(Duration time) throws Exception {
    scheduler.spawn(Task.sleep(time)).block(LONG);
  }

  private Publisher<String> stuckOnSubscribe(String value) {
    return subscriber -> {
      runUnchecked(stuck);
      subscriber.onSubscribe(new CancelledBy(() -> {}));
      subscriber.onNext(value);
      subscriber.onComplete();
    };
  }

  private static void runUnchecked(Action action) {
    try {
      action.run();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private record Requested(Runnable onRequest, Runnable onCancel) implements Subscription {
    @Override
    public void request(long n) {
      onRequest.run();
    }

    @Override
    public void cancel() {
      onCancel.run();
    }
  }

  private record CancelledBy(Runnable action) implements Subscription {
    @Override
    public void request(long n) {}

    @Override
    public void cancel() {
      action.run();
    }
  }

  private static final class Recorder implements Subscriber<String> {
    final List<String> signals = new CopyOnWriteArrayList<>();
    final CountDownLatch completed = new CountDownLatch(1);
    private final Action onNext;

    Recorder(Action onNext) {
      this.onNext = onNext;
    }

    @Override
    public void onSubscribe(Subscription subscription) {
      subscription.request(1);
    }

    @Override
    public void onNext(String value) {
      signals.add("onNext " + value);
      runUnchecked(onNext);
    }

    @Override
    public void onError(Throwable error) {
      signals.add("onError " + error);
      completed.countDown();
    }

    @Override
    public void onComplete() {
      signals.add("onComplete");
      completed.countDown();
    }
  }
}
