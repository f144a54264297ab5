/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The handle: outcome, future, block, current. */
class CallbackThreadTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final LoopScheduler scheduler = schedulers.one();
  private final AtomicReference<AsyncSink<String>> sink = new AtomicReference<>();
  private final IOException failure = new IOException("disk full");

  /** Waits until the test completes it. */
  private CallbackThread<String> open() {
    CallbackThread<String> thread = scheduler.spawn(Task.<String>async(sink::set));
    Schedulers.settle(scheduler);
    return thread;
  }

  private CallbackThread<String> failing(Throwable error) {
    return scheduler.spawn(Task.error(error));
  }

  @Test
  void outcome_isEmptyWhileItIsLive() {
    assertThat(open().outcome()).isEmpty();
  }

  @Test
  void outcome_tellsTheValue() {
    CallbackThread<String> thread = scheduler.spawn(Task.value("a"));
    Deadline.value(thread);

    assertThat(thread.outcome()).contains(new Outcome.Completed<>("a"));
  }

  @Test
  void outcome_tellsTheError() {
    CallbackThread<String> thread = failing(failure);
    Deadline.error(thread);

    assertThat(thread.outcome()).contains(new Outcome.Failed<>(failure));
  }

  @Test
  void outcome_tellsTheCancellation() {
    CallbackThread<String> thread = open();
    thread.cancel();
    Deadline.outcome(thread);

    assertThat(thread.outcome()).contains(new Outcome.Cancelled<>());
  }

  @Test
  void anOutcome_isFolded() {
    Outcome<String> completed = new Outcome.Completed<>("a");
    Outcome<String> failed = new Outcome.Failed<>(failure);
    Outcome<String> cancelled = new Outcome.Cancelled<>();

    assertThat(List.of(completed, failed, cancelled))
        .extracting(o -> o.fold(v -> "value " + v, e -> "error " + e, () -> "cancelled"))
        .containsExactly("value a", "error java.io.IOException: disk full", "cancelled");
  }

  @Test
  void state_tellsWhatItIsDoing() {
    Gate gate = schedulers.gate();
    CallbackThread<?> waiting = open();
    CallbackThread<?> running = scheduler.spawn(Task.run(gate::pass));
    gate.awaitArrival();
    CallbackThread<?> ready = scheduler.spawn(Task.done());

    assertThat(waiting.state()).isEqualTo(CallbackThread.State.WAITING);
    assertThat(running.state()).isEqualTo(CallbackThread.State.ACTIVE);
    assertThat(ready.state()).isEqualTo(CallbackThread.State.ACTIVE);
    gate.open();
    Deadline.value(ready);
    assertThat(ready.state()).isEqualTo(CallbackThread.State.COMPLETED);
  }

  @Test
  void scheduler_isTheOneThatItBelongsTo() {
    assertThat(open().scheduler()).isSameAs(scheduler);
  }

  @Test
  void current_isTheOneWhoseStepRuns() {
    CallbackThread<?> thread = scheduler.spawn(Task.call(() -> CallbackThread.current()));

    assertThat(Deadline.outcome(thread))
        .isEqualTo(new Outcome.Completed<>(java.util.Optional.of(thread)));
  }

  @Test
  void current_isEmptyElsewhere() {
    assertThat(CallbackThread.current()).isEmpty();
    assertThat(LoopScheduler.current()).isEmpty();
  }

  @Test
  void future_completesLater() {
    CompletableFuture<String> future = open().toFuture();
    assertThat(future).isNotDone();

    sink.get().success("a");

    assertThat(Deadline.get(future)).isEqualTo("a");
  }

  @Test
  void future_fails() {
    assertThat(failing(failure).toFuture())
        .failsWithin(Deadline.LIMIT)
        .withThrowableOfType(ExecutionException.class)
        .withCause(failure);
  }

  @Test
  void future_showsCancellation() {
    CallbackThread<String> thread = open();
    CompletableFuture<String> future = thread.toFuture();

    thread.cancel();
    Deadline.outcome(thread);
    Schedulers.settle(scheduler);

    assertThat(future).isCancelled();
  }

  @Test
  void future_runsItsDependentsOnTheLoop() {
    CompletableFuture<String> where =
        open().toFuture().thenApply(value -> Thread.currentThread().getName());

    sink.get().success("a");

    assertThat(Deadline.get(where)).isEqualTo("checkout-1");
  }

  @Test
  void future_cancelled_doesNotCancelTheCallbackThread() {
    CallbackThread<String> thread = open();

    thread.toFuture().cancel(true);
    sink.get().success("a");

    assertThat(Deadline.value(thread)).isEqualTo("a");
  }

  @Test
  void future_afterTheSchedulerHasClosed_isComplete() {
    CallbackThread<String> thread = scheduler.spawn(Task.value("a"));
    scheduler.close();

    assertThat(thread.toFuture()).isCompletedWithValue("a");
  }

  @Test
  void block_givesTheValue() throws Exception {
    assertThat(scheduler.spawn(Task.sleep(ofMillis(1)).then(Task.value("a"))).block(Deadline.LIMIT))
        .isEqualTo("a");
  }

  @Test
  void block_throwsUncheckedErrorsAsTheyAre() {
    var unchecked = new IllegalStateException("x");
    var serious = new NoClassDefFoundError("y");

    assertThatThrownBy(() -> failing(unchecked).block(Deadline.LIMIT)).isSameAs(unchecked);
    assertThatThrownBy(() -> failing(serious).block(Deadline.LIMIT)).isSameAs(serious);
  }

  @Test
  void block_wrapsCheckedErrors() {
    assertThatExceptionOfType(CompletionException.class)
        .isThrownBy(() -> failing(failure).block(Deadline.LIMIT))
        .withCause(failure);
  }

  @Test
  void block_throwsIfItWasCancelled() {
    CallbackThread<String> thread = open();
    thread.cancel();

    assertThatExceptionOfType(CancellationException.class)
        .isThrownBy(() -> thread.block(Deadline.LIMIT));
  }

  @Test
  void block_tooLong_throws_andTheCallbackThreadGoesOn() {
    CallbackThread<String> thread = open();

    assertThatExceptionOfType(TimeoutException.class)
        .isThrownBy(() -> thread.block(ofMillis(5)))
        .withMessage("callback thread '" + thread.name() + "' is still WAITING after 5 ms");
    sink.get().success("a");

    assertThat(Deadline.value(thread)).isEqualTo("a");
  }

  @Test
  void block_withoutTime_looksOnly() throws Exception {
    CallbackThread<String> thread = open();

    assertThatExceptionOfType(TimeoutException.class).isThrownBy(() -> thread.block(Duration.ZERO));
    sink.get().success("a");
    Deadline.value(thread);

    assertThat(thread.block(Duration.ZERO)).isEqualTo("a");
  }

  @Test
  void block_forEver_isPossible() throws Exception {
    assertThat(scheduler.spawn(Task.value("a")).block(ofSeconds(Long.MAX_VALUE))).isEqualTo("a");
  }

  @Test
  void block_interrupted_throws_andTheCallbackThreadGoesOn() {
    CallbackThread<String> thread = open();
    Thread.currentThread().interrupt();

    assertThatExceptionOfType(InterruptedException.class)
        .isThrownBy(() -> thread.block(Deadline.LIMIT));
    sink.get().success("a");

    assertThat(Deadline.value(thread)).isEqualTo("a");
  }

  @Test
  void observers_areToldInTheOrderInWhichTheyCame() {
    CallbackThread<String> thread = open();
    List<Integer> order = new ArrayList<>();
    var told = new CountDownLatch(100);
    for (int i = 0; i < 100; i++) {
      int number = i;
      CompletableFuture<?> unused =
          thread
              .toFuture()
              .thenRun(
                  () -> {
                    order.add(number);
                    told.countDown();
                  });
    }

    sink.get().success("a");
    Deadline.await(told);

    assertThat(order).isSorted().hasSize(100);
  }

  @Test
  void observersThatComeWhileItEnds_areAllTold() {
    for (int round = 0; round < 500; round++) {
      CallbackThread<String> thread = scheduler.spawn(Task.value("a"));
      List<CompletableFuture<String>> futures = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        futures.add(thread.toFuture());
      }

      assertThat(futures).allSatisfy(future -> assertThat(Deadline.get(future)).isEqualTo("a"));
    }
  }
}
