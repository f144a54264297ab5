/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class TaskAsyncTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final LoopScheduler scheduler = schedulers.one();
  private final AtomicReference<AsyncSink<String>> sink = new AtomicReference<>();
  private final IOException failure = new IOException("disk full");

  /** Waits, and has given its sink away. */
  private CallbackThread<String> waiter() {
    CallbackThread<String> thread = scheduler.spawn(Task.<String>async(sink::set));
    Schedulers.settle(scheduler);
    return thread;
  }

  @Test
  void success_atOnce_goesOnInTheSameStep() {
    CallbackThread<String> thread =
        scheduler.spawn(Task.<String>async(s -> assertThat(s.success("a")).isTrue()));

    assertThat(Deadline.value(thread)).isEqualTo("a");
  }

  @Test
  void success_later_completes() {
    CallbackThread<String> thread = waiter();

    assertThat(sink.get().success("a")).isTrue();

    assertThat(Deadline.value(thread)).isEqualTo("a");
  }

  @Test
  void success_mayBeNull() {
    CallbackThread<String> thread = waiter();

    sink.get().success(null);

    assertThat(Deadline.value(thread)).isNull();
  }

  @Test
  void error_later_fails() {
    CallbackThread<String> thread = waiter();

    assertThat(sink.get().error(failure)).isTrue();

    assertThat(Deadline.error(thread)).isSameAs(failure);
  }

  @Test
  void goesOnOnItsLoop() {
    CallbackThread<String> thread =
        scheduler.spawn(Task.<String>async(sink::set).map(v -> Thread.currentThread().getName()));
    Schedulers.settle(scheduler);

    sink.get().success("a");

    assertThat(Deadline.value(thread)).isEqualTo("checkout-1");
  }

  @Test
  void theFirstResultWins() {
    CallbackThread<String> thread = waiter();

    assertThat(sink.get().success("a")).isTrue();
    assertThat(sink.get().success("b")).isFalse();
    assertThat(sink.get().error(failure)).isFalse();

    assertThat(Deadline.value(thread)).isEqualTo("a");
  }

  @Test
  void success_afterCancel_isTooLate() {
    CallbackThread<String> thread = waiter();
    thread.cancel();
    Deadline.outcome(thread);

    assertThat(sink.get().success("a")).isFalse();
    assertThat(sink.get().error(failure)).isFalse();
  }

  @Test
  void theStarterThatThrows_fails() {
    CallbackThread<String> thread =
        scheduler.spawn(
            Task.<String>async(
                s -> {
                  throw failure;
                }));

    assertThat(Deadline.error(thread)).isSameAs(failure);
  }

  @Test
  void theStarterThatThrowsAfterItsResult_isReported() {
    CallbackThread<String> thread =
        scheduler.spawn(
            Task.<String>async(
                s -> {
                  s.success("a");
                  throw failure;
                }));

    assertThat(Deadline.value(thread)).isEqualTo("a");
    assertThat(schedulers.log().takeError("TaskAsyncTest").error()).isSameAs(failure);
  }

  @Test
  void onCancel_runsOnTheLoopWhenCancelled() {
    List<String> ran = new ArrayList<>();
    CallbackThread<String> thread = waiter();
    sink.get().onCancel(() -> ran.add(Thread.currentThread().getName()));

    thread.cancel();

    assertThat(Deadline.outcome(thread)).isInstanceOf(Outcome.Cancelled.class);
    assertThat(ran).containsExactly("checkout-1");
  }

  @Test
  void onCancel_runsWhenTimedOut() {
    LoopScheduler timed = schedulers.one(VirtualTicker.onTick());
    var cancelled = new CountDownLatch(1);
    CallbackThread<String> thread =
        timed.spawn(Task.<String>async(s -> s.onCancel(cancelled::countDown)).timeout(ofMillis(1)));

    assertThat(Deadline.error(thread)).isInstanceOf(TaskTimeoutException.class);

    Deadline.await(cancelled);
  }

  @Test
  void onCancel_doesNotRunAfterAResult() {
    List<String> ran = new ArrayList<>();
    CallbackThread<String> thread = waiter();
    sink.get().onCancel(() -> ran.add("cancelled"));

    sink.get().success("a");
    Deadline.value(thread);
    Schedulers.settle(scheduler);

    assertThat(ran).isEmpty();
  }

  @Test
  void onCancel_replacesTheEarlierAction() {
    List<String> ran = new ArrayList<>();
    CallbackThread<String> thread = waiter();
    sink.get().onCancel(() -> ran.add("first"));
    sink.get().onCancel(() -> ran.add("second"));

    thread.cancel();
    Deadline.outcome(thread);

    assertThat(ran).containsExactly("second");
  }

  @Test
  void onCancel_afterTheCancellation_runsSoonOnTheLoop() {
    var ran = new CountDownLatch(1);
    AtomicReference<String> where = new AtomicReference<>();
    CallbackThread<String> thread = waiter();
    thread.cancel();
    Deadline.outcome(thread);

    sink.get()
        .onCancel(
            () -> {
              where.set(Thread.currentThread().getName());
              ran.countDown();
            });
    Deadline.await(ran);

    assertThat(where).hasValue("checkout-1");
  }

  @Test
  void onCancel_thatThrows_isReported() {
    CallbackThread<String> thread = waiter();
    sink.get()
        .onCancel(
            () -> {
              throw failure;
            });

    thread.cancel();

    assertThat(Deadline.outcome(thread)).isInstanceOf(Outcome.Cancelled.class);
    assertThat(schedulers.log().takeError("cancelling what a callback thread waited for").error())
        .isSameAs(failure);
  }

  @Test
  void theSinkRefusesNull() {
    waiter();

    assertThatThrownBy(() -> sink.get().error(null))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("error");
    assertThatThrownBy(() -> sink.get().onCancel(null))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("action");
  }
}
