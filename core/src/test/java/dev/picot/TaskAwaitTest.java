/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.reactivestreams.Publisher;

/** Waiting for publishers that keep to the specification. */
class TaskAwaitTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final LoopScheduler scheduler = schedulers.one();
  private final ManualPublisher<String> publisher = new ManualPublisher<>();
  private final IOException failure = new IOException("disk full");

  private Object value(Task<?> task) {
    return Deadline.value(scheduler.<Object>spawn(task));
  }

  private Throwable error(Task<?> task) {
    return Deadline.error(scheduler.<Object>spawn(task));
  }

  @Test
  void await_givesTheValueThatCameAtOnce() {
    assertThat(value(Task.await(Publishers.of("a")))).isEqualTo("a");
  }

  @Test
  void await_givesTheValueThatComesLater() {
    CallbackThread<String> thread = scheduler.spawn(Task.await(publisher));

    publisher.next("a");
    publisher.complete();

    assertThat(Deadline.value(thread)).isEqualTo("a");
  }

  @Test
  void await_goesOnOnItsLoop() {
    CallbackThread<String> thread =
        scheduler.spawn(Task.await(publisher).map(v -> Thread.currentThread().getName()));

    publisher.next("a");
    publisher.complete();

    assertThat(Deadline.value(thread)).isEqualTo("checkout-1");
  }

  @Test
  void await_subscribesAndRequestsInAStep() {
    CallbackThread<String> thread = scheduler.spawn(Task.await(publisher));

    publisher.next("a");
    publisher.complete();
    Deadline.value(thread);

    assertThat(publisher.threads)
        .containsExactly("subscribe on checkout-1", "request on checkout-1");
  }

  @Test
  void await_failsAsThePublisher() {
    assertThat(error(Task.await(Publishers.failing(failure)))).isSameAs(failure);
  }

  @Test
  void await_failsAsThePublisher_alsoAfterAValue() {
    CallbackThread<String> thread = scheduler.spawn(Task.await(publisher));

    publisher.next("a");
    publisher.error(failure);

    assertThat(Deadline.error(thread)).isSameAs(failure);
  }

  @Test
  void await_ofACallbackThread_givesItsValue() {
    CallbackThread<String> other = scheduler.spawn(Task.sleep(ofMillis(1)).then(Task.value("a")));

    assertThat(value(Task.await((Publisher<String>) other))).isEqualTo("a");
  }

  @Test
  void await_cancelled_cancelsThePublisherInAStep() {
    CallbackThread<String> thread = scheduler.spawn(Task.await(publisher));
    Deadline.await(publisher.subscribed);

    thread.cancel();

    assertThat(Deadline.outcome(thread)).isInstanceOf(Outcome.Cancelled.class);
    assertThat(publisher.cancels).hasValue(1);
    assertThat(publisher.threads).contains("cancel on checkout-1");
  }

  @Test
  void await_timedOut_cancelsThePublisher() {
    LoopScheduler timed = schedulers.one(VirtualTicker.onTick());
    CallbackThread<String> thread = timed.spawn(Task.await(publisher).timeout(ofMillis(1)));

    assertThat(Deadline.error(thread)).isInstanceOf(TaskTimeoutException.class);
    assertThat(publisher.cancels).hasValue(1);
  }

  @Test
  void await_cancelled_dropsALateValue() {
    CallbackThread<String> thread = scheduler.spawn(Task.await(publisher));
    Deadline.await(publisher.subscribed);
    thread.cancel();
    Deadline.outcome(thread);

    publisher.next("late");
    publisher.complete();
    Schedulers.settle(scheduler);

    assertThat(thread.state()).isEqualTo(CallbackThread.State.CANCELLED);
  }

  @Test
  void awaitOptional_givesTheValue() {
    assertThat(value(Task.awaitOptional(Publishers.of("a")))).isEqualTo(Optional.of("a"));
  }

  @Test
  void awaitOptional_isEmptyIfThereIsNone() {
    assertThat(value(Task.awaitOptional(Publishers.of()))).isEqualTo(Optional.empty());
  }

  @Test
  void awaitOptional_failsOnASecondValue() {
    assertThat(error(Task.awaitOptional(Publishers.of("a", "b"))))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void awaitOptional_failsAsThePublisher() {
    assertThat(error(Task.awaitOptional(Publishers.failing(failure)))).isSameAs(failure);
  }

  @Test
  void awaitFirst_givesTheFirstAndCancelsTheRest() {
    CallbackThread<String> thread = scheduler.spawn(Task.awaitFirst(publisher));

    publisher.next("a");

    assertThat(Deadline.value(thread)).isEqualTo("a");
    assertThat(publisher.cancels).hasValue(1);
    assertThat(publisher.requests).containsExactly(1L);
  }

  @Test
  void awaitFirst_ofNothing_fails() {
    assertThat(error(Task.awaitFirst(Publishers.of()))).isInstanceOf(NoSuchElementException.class);
  }

  @Test
  void awaitFirst_ignoresWhatComesAfterwards() {
    assertThat(value(Task.awaitFirst(Publishers.of("a", "b", "c")))).isEqualTo("a");
  }

  @Test
  void awaitFirst_failsAsThePublisher() {
    assertThat(error(Task.awaitFirst(Publishers.failing(failure)))).isSameAs(failure);
  }

  @Test
  void awaitDone_dropsTheValues() {
    assertThat(value(Task.awaitDone(Publishers.of("a", "b", "c")))).isNull();
  }

  @Test
  void awaitDone_waitsForTheCompletion() {
    CallbackThread<Void> thread = scheduler.spawn(Task.awaitDone(publisher));

    publisher.next("a");
    publisher.next("b");
    Schedulers.settle(scheduler);
    assertThat(thread.outcome()).isEmpty();
    publisher.complete();

    assertThat(Deadline.value(thread)).isNull();
  }

  @Test
  void awaitDone_failsAsThePublisher() {
    assertThat(error(Task.awaitDone(Publishers.failing(failure)))).isSameAs(failure);
  }
}
