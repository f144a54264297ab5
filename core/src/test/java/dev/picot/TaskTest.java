/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tasks without waiting: values, steps on the loop, and what follows from them. */
class TaskTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final LoopScheduler scheduler = schedulers.one();
  private final IOException failure = new IOException("disk full");

  private Object value(Task<?> task) {
    return Deadline.value(scheduler.<Object>spawn(task));
  }

  private Throwable error(Task<?> task) {
    return Deadline.error(scheduler.<Object>spawn(task));
  }

  @Test
  void value_completesWithIt() {
    assertThat(value(Task.value("a"))).isEqualTo("a");
  }

  @Test
  void value_mayBeNull() {
    assertThat(value(Task.value(null))).isNull();
  }

  @Test
  void done_completesWithNull() {
    assertThat(value(Task.done())).isNull();
  }

  @Test
  void error_failsWithIt() {
    assertThat(error(Task.error(failure))).isSameAs(failure);
  }

  @Test
  void call_completesWithWhatTheStepReturns() {
    assertThat(value(Task.call(() -> "a"))).isEqualTo("a");
  }

  @Test
  void call_mayReturnNull() {
    assertThat(value(Task.call(() -> null))).isNull();
  }

  @Test
  void call_runsOnTheLoop() {
    assertThat(value(Task.call(() -> Thread.currentThread().getName()))).isEqualTo("checkout-1");
  }

  @Test
  void run_completesWithNullAfterTheStep() {
    var ran = new AtomicInteger();

    assertThat(value(Task.run(ran::incrementAndGet))).isNull();

    assertThat(ran).hasValue(1);
  }

  @Test
  void defer_doesWhatTheStepReturned() {
    assertThat(value(Task.defer(() -> Task.value("a")))).isEqualTo("a");
  }

  @Test
  void defer_thatReturnsNull_failsAndNamesTheClass() {
    assertThat(error(Task.defer(() -> null)))
        .isInstanceOf(NullPointerException.class)
        .hasMessage(
            "a step in dev.picot.TaskTest returned null (expected: a task, such as Task.done())");
  }

  @Test
  void nothingHappensBeforeSpawn() {
    var ran = new AtomicInteger();

    Task<Void> unused = Task.run(ran::incrementAndGet).then();

    assertThat(ran).hasValue(0);
  }

  @Test
  void aTaskMayBeSpawnedRepeatedly() {
    var ran = new AtomicInteger();
    Task<Integer> task = Task.call(ran::incrementAndGet).map(n -> n * 10);

    assertThat(value(task)).isEqualTo(10);
    assertThat(value(task)).isEqualTo(20);
  }

  @Test
  void map_goesOnFromTheValue() {
    assertThat(value(Task.value(20).map(n -> n + 1))).isEqualTo(21);
  }

  @Test
  void map_mayTakeAndReturnNull() {
    assertThat(value(Task.value((String) null).map(text -> text))).isNull();
  }

  @Test
  void map_isSkippedAfterAnError() {
    var ran = new AtomicInteger();

    assertThat(error(Task.error(failure).map(nothing -> ran.incrementAndGet()))).isSameAs(failure);

    assertThat(ran).hasValue(0);
  }

  @Test
  void flatMap_doesWhatTheStepReturned() {
    assertThat(value(Task.value(20).flatMap(n -> Task.call(() -> n + 1)))).isEqualTo(21);
  }

  @Test
  void flatMap_isSkippedAfterAnError() {
    var ran = new AtomicInteger();

    assertThat(error(Task.error(failure).flatMap(nothing -> Task.run(ran::incrementAndGet))))
        .isSameAs(failure);

    assertThat(ran).hasValue(0);
  }

  @Test
  void flatMap_failsAsTheInnerTask() {
    assertThat(error(Task.value(1).flatMap(n -> Task.error(failure)))).isSameAs(failure);
  }

  @Test
  void flatMap_thatReturnsNull_failsAndNamesTheClass() {
    assertThat(error(Task.value(1).flatMap(n -> null)))
        .isInstanceOf(NullPointerException.class)
        .hasMessageStartingWith("a step in dev.picot.TaskTest returned null");
  }

  @Test
  void then_dropsTheValueAndGoesOn() {
    assertThat(value(Task.value(1).then(Task.value("a")))).isEqualTo("a");
  }

  @Test
  void then_isSkippedAfterAnError() {
    assertThat(error(Task.error(failure).then(Task.value("a")))).isSameAs(failure);
  }

  @Test
  void thenWithoutTask_dropsTheValue() {
    assertThat(value(Task.value(1).then())).isNull();
  }

  @Test
  void doOnSuccess_seesAndKeepsTheValue() {
    List<Integer> seen = new ArrayList<>();

    assertThat(value(Task.value(1).doOnSuccess(seen::add))).isEqualTo(1);

    assertThat(seen).containsExactly(1);
  }

  @Test
  void doOnSuccess_isSkippedAfterAnError() {
    List<Object> seen = new ArrayList<>();

    assertThat(error(Task.error(failure).doOnSuccess(seen::add))).isSameAs(failure);

    assertThat(seen).isEmpty();
  }

  @Test
  void onErrorResume_isSkippedAfterSuccess() {
    assertThat(value(Task.value("a").onErrorResume(e -> Task.value("b")))).isEqualTo("a");
  }

  @Test
  void onErrorResume_goesOnFromTheError() {
    assertThat(value(Task.<String>error(failure).onErrorResume(e -> Task.value(e.getMessage()))))
        .isEqualTo("disk full");
  }

  @Test
  void onErrorResume_isNotAppliedToItsOwnError() {
    var second = new IllegalStateException("second");

    assertThat(error(Task.error(failure).onErrorResume(e -> Task.error(second)))).isSameAs(second);
  }

  @Test
  void onErrorResume_innermostComesFirst() {
    assertThat(
            value(
                Task.<String>error(failure)
                    .onErrorResume(e -> Task.value("inner"))
                    .onErrorResume(e -> Task.value("outer"))))
        .isEqualTo("inner");
  }

  @Test
  void onErrorResume_ofAnotherType_lets_theErrorPass() {
    assertThat(
            error(
                Task.error(failure)
                    .onErrorResume(IllegalStateException.class, e -> Task.value("b"))))
        .isSameAs(failure);
  }

  @Test
  void onErrorResume_ofASuperclass_goesOn() {
    assertThat(
            value(
                Task.<String>error(new java.io.FileNotFoundException("x"))
                    .onErrorResume(IOException.class, e -> Task.value("b"))))
        .isEqualTo("b");
  }

  @Test
  void onErrorResume_thatReturnsNull_fails() {
    assertThat(error(Task.error(failure).onErrorResume(e -> null)))
        .isInstanceOf(NullPointerException.class)
        .hasMessageStartingWith("a step in dev.picot.TaskTest returned null");
  }

  @Test
  void onErrorMap_replacesTheError() {
    assertThat(error(Task.error(failure).onErrorMap(e -> new IllegalStateException("wrapped", e))))
        .isInstanceOf(IllegalStateException.class)
        .hasCause(failure);
  }

  @Test
  void onErrorMap_isSkippedAfterSuccess() {
    assertThat(value(Task.value("a").onErrorMap(e -> new IllegalStateException(e)))).isEqualTo("a");
  }

  @Test
  void onErrorMap_thatReturnsNull_fails() {
    assertThat(error(Task.error(failure).onErrorMap(e -> null)))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("onErrorMap in dev.picot.TaskTest gave null");
  }

  @Test
  void doFinally_hearsOfSuccess() {
    List<Outcome<String>> heard = new ArrayList<>();

    assertThat(value(Task.value("a").doFinally(heard::add))).isEqualTo("a");

    assertThat(heard).containsExactly(new Outcome.Completed<>("a"));
  }

  @Test
  void doFinally_hearsOfTheError() {
    List<Outcome<?>> heard = new ArrayList<>();

    assertThat(error(Task.error(failure).doFinally(heard::add))).isSameAs(failure);

    assertThat(heard).containsExactly(new Outcome.Failed<>(failure));
  }

  @Test
  void doFinally_hearsOfCancellation() {
    List<Outcome<?>> heard = new ArrayList<>();
    var thread = scheduler.spawn(Task.never().doFinally(heard::add));
    Schedulers.settle(scheduler);

    thread.cancel();

    assertThat(Deadline.outcome(thread)).isInstanceOf(Outcome.Cancelled.class);
    assertThat(heard).containsExactly(new Outcome.Cancelled<>());
  }

  @Test
  void doFinally_runsInnermostFirst() {
    List<String> order = new ArrayList<>();

    assertThat(
            value(
                Task.value("a")
                    .doFinally(o -> order.add("inner"))
                    .map(s -> s)
                    .doFinally(o -> order.add("outer"))))
        .isEqualTo("a");

    assertThat(order).containsExactly("inner", "outer");
  }

  @Test
  void doFinally_runsBeforeWhatFollows() {
    List<String> order = new ArrayList<>();

    assertThat(
            value(
                Task.value("a")
                    .doFinally(o -> order.add("finally"))
                    .doOnSuccess(s -> order.add("after"))))
        .isEqualTo("a");

    assertThat(order).containsExactly("finally", "after");
  }

  @Test
  void doFinally_thatThrowsAfterSuccess_fails() {
    assertThat(
            error(
                Task.value("a")
                    .doFinally(
                        o -> {
                          throw failure;
                        })))
        .isSameAs(failure);
  }

  @Test
  void doFinally_thatThrowsAfterAnError_isSuppressed() {
    var first = new IllegalStateException("first");

    assertThat(
            error(
                Task.error(first)
                    .doFinally(
                        o -> {
                          throw failure;
                        })))
        .isSameAs(first)
        .hasSuppressedException(failure);
  }

  @Test
  void doFinally_thatThrowsTheSameError_isNotSuppressedByItself() {
    assertThat(
            error(
                Task.error(failure)
                    .doFinally(
                        o -> {
                          throw failure;
                        })))
        .isSameAs(failure)
        .hasNoSuppressedExceptions();
  }

  @Test
  void doFinally_thatThrowsAfterCancellation_isReported() {
    var thread =
        scheduler.spawn(
            Task.never()
                .doFinally(
                    o -> {
                      throw failure;
                    }));
    Schedulers.settle(scheduler);

    thread.cancel();

    assertThat(Deadline.outcome(thread)).isInstanceOf(Outcome.Cancelled.class);
    assertThat(schedulers.log().takeError("finalizer of a cancelled task").error())
        .isSameAs(failure);
  }

  @Test
  void narrow_widensTheType() {
    Task<Integer> task = Task.value(1);

    Task<Number> wide = Task.narrow(task);

    assertThat(value(wide)).isEqualTo(1);
  }

  @Test
  void steps_seeWhatEarlierStepsWrote() {
    int[] cell = new int[1];
    Task<Integer> task =
        Task.run(() -> cell[0] = 1)
            .then(Task.yieldNow())
            .then(Task.blockingRun(() -> cell[0]++))
            .then(Task.call(() -> cell[0]));

    assertThat(value(task)).isEqualTo(2);
  }
}
