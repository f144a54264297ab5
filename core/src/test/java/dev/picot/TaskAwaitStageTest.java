/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class TaskAwaitStageTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final LoopScheduler scheduler = schedulers.one();
  private final CompletableFuture<String> stage = new CompletableFuture<>();
  private final IOException failure = new IOException("disk full");

  private CallbackThread<String> waiter() {
    CallbackThread<String> thread = scheduler.spawn(Task.await((CompletionStage<String>) stage));
    Schedulers.settle(scheduler);
    return thread;
  }

  @Test
  void givesTheValueOfACompletedStage() {
    stage.complete("a");

    assertThat(Deadline.value(waiter())).isEqualTo("a");
  }

  @Test
  void givesTheValueThatComesLater() {
    CallbackThread<String> thread = waiter();

    stage.complete("a");

    assertThat(Deadline.value(thread)).isEqualTo("a");
  }

  @Test
  void mayGiveNull() {
    stage.complete(null);

    assertThat(Deadline.value(waiter())).isNull();
  }

  @Test
  void goesOnOnItsLoop() {
    CallbackThread<String> thread =
        scheduler.spawn(
            Task.await((CompletionStage<String>) stage).map(v -> Thread.currentThread().getName()));
    Schedulers.settle(scheduler);

    stage.complete("a");

    assertThat(Deadline.value(thread)).isEqualTo("checkout-1");
  }

  @Test
  void failsAsTheStage() {
    CallbackThread<String> thread = waiter();

    stage.completeExceptionally(failure);

    assertThat(Deadline.error(thread)).isSameAs(failure);
  }

  @Test
  void unwrapsTheExceptionOfADependentStage() {
    CompletionStage<String> dependent = stage.thenApply(value -> value);
    CallbackThread<String> thread = scheduler.spawn(Task.await(dependent));
    Schedulers.settle(scheduler);

    stage.completeExceptionally(failure);

    assertThat(Deadline.error(thread)).isSameAs(failure);
  }

  @Test
  void keepsACompletionExceptionWithoutCause() {
    var bare = new CompletionException("bare", null);
    CallbackThread<String> thread = waiter();

    stage.completeExceptionally(bare);

    assertThat(Deadline.error(thread)).isSameAs(bare);
  }

  @Test
  void failsIfTheStageIsCancelled() {
    CallbackThread<String> thread = waiter();

    stage.cancel(false);

    assertThat(Deadline.error(thread)).isInstanceOf(CancellationException.class);
  }

  @Test
  void cancel_leavesTheStageAlone() {
    CallbackThread<String> thread = waiter();

    thread.cancel();

    assertThat(Deadline.outcome(thread)).isInstanceOf(Outcome.Cancelled.class);
    assertThat(stage).isNotDone();
  }

  @Test
  void timeout_leavesTheStageAlone() {
    CallbackThread<String> thread =
        scheduler.spawn(Task.await((CompletionStage<String>) stage).timeout(ofMillis(1)));

    assertThat(Deadline.error(thread)).isInstanceOf(TaskTimeoutException.class);
    assertThat(stage).isNotDone();
  }

  @Test
  void aLateValueIsDropped() {
    CallbackThread<String> thread = waiter();
    thread.cancel();
    Deadline.outcome(thread);

    stage.complete("late");
    Schedulers.settle(scheduler);

    assertThat(thread.state()).isEqualTo(CallbackThread.State.CANCELLED);
  }

  @Test
  void aStageThatIsStillOpen_doesNotKeepWhoHasWaitedForIt() {
    List<WeakReference<Object>> past = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      CallbackThread<String> late =
          scheduler.spawn(Task.await((CompletionStage<String>) stage).timeout(ofMillis(1)));
      assertThat(Deadline.error(late)).isInstanceOf(TaskTimeoutException.class);
      past.add(new WeakReference<>(late));
    }

    Takeovers.until(
        scheduler,
        "those before the last are collected",
        () -> {
          System.gc();
          return past.subList(0, 2).stream().allMatch(thread -> thread.get() == null);
        });

    assertThat(stage.getNumberOfDependents()).isEqualTo(3);
  }
}
