/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** Publishers that violate the specification: an error or nothing, but no callback thread hangs. */
class BadPublisherTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final LoopScheduler scheduler = schedulers.one();
  private final IOException failure = new IOException("disk full");
  private final AtomicInteger cancels = new AtomicInteger();
  private final AtomicReference<Subscriber<? super Object>> subscriber = new AtomicReference<>();

  private final Subscription subscription =
      new Subscription() {
        @Override
        public void request(long n) {}

        @Override
        public void cancel() {
          cancels.incrementAndGet();
        }
      };

  private Object value(Task<?> task) {
    return Deadline.value(scheduler.<Object>spawn(task));
  }

  private Throwable error(Task<?> task) {
    return Deadline.error(scheduler.<Object>spawn(task));
  }

  /** Has subscribed and waits. */
  private CallbackThread<Object> waiting() {
    CallbackThread<Object> thread = scheduler.spawn(Task.await(Publishers.wild(subscriber::set)));
    Schedulers.settle(scheduler);
    return thread;
  }

  @Test
  void subscribeThatThrows_fails() {
    assertThat(
            error(
                Task.await(
                    Publishers.wild(
                        s -> {
                          throw new IllegalStateException("broken");
                        }))))
        .hasMessage("broken");
  }

  @Test
  void subscribeThatThrowsAfterOnSubscribe_failsAndCancels() {
    assertThat(
            error(
                Task.await(
                    Publishers.wild(
                        s -> {
                          s.onSubscribe(subscription);
                          throw new IllegalStateException("broken");
                        }))))
        .hasMessage("broken");
    assertThat(cancels).hasValue(1);
  }

  @Test
  void subscribeThatThrowsAfterItsValue_isReported() {
    assertThat(
            value(
                Task.await(
                    Publishers.wild(
                        s -> {
                          s.onSubscribe(subscription);
                          s.onNext("a");
                          s.onComplete();
                          throw new IllegalStateException("broken");
                        }))))
        .isEqualTo("a");
    assertThat(schedulers.log().takeError("after its result").error()).hasMessage("broken");
  }

  @Test
  void aNullSubscription_fails() {
    assertThat(error(Task.await(Publishers.wild(s -> s.onSubscribe(null)))))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("subscription");
  }

  @Test
  void aNullSubscriptionFromElsewhere_fails() {
    CallbackThread<Object> thread = waiting();

    assertThatNullPointerException().isThrownBy(() -> subscriber.get().onSubscribe(null));

    assertThat(Deadline.error(thread)).isInstanceOf(NullPointerException.class);
  }

  @Test
  void noSubscription_waitsAndCanBeEnded() {
    assertThat(error(Task.await(Publishers.wild(s -> {})).timeout(ofMillis(1))))
        .isInstanceOf(TaskTimeoutException.class);
  }

  @Test
  void aSecondSubscription_isCancelled_andTheFirstGoesOn() {
    assertThat(
            value(
                Task.await(
                    Publishers.wild(
                        s -> {
                          s.onSubscribe(Publishers.NONE);
                          s.onSubscribe(subscription);
                          s.onNext("a");
                          s.onComplete();
                        }))))
        .isEqualTo("a");
    assertThat(cancels).hasValue(1);
  }

  @Test
  void aSubscriptionAfterTheCancellation_isCancelled() {
    CallbackThread<Object> thread = waiting();
    thread.cancel();
    assertThat(Deadline.outcome(thread)).isInstanceOf(Outcome.Cancelled.class);

    subscriber.get().onSubscribe(subscription);

    assertThat(cancels).hasValue(1);
  }

  @Test
  void aValueBeforeTheSubscription_isTaken() {
    assertThat(
            value(
                Task.await(
                    Publishers.wild(
                        s -> {
                          s.onNext("a");
                          s.onSubscribe(subscription);
                          s.onComplete();
                        }))))
        .isEqualTo("a");
  }

  @Test
  void anErrorBeforeTheSubscription_fails() {
    assertThat(error(Task.await(Publishers.wild(s -> s.onError(failure))))).isSameAs(failure);
  }

  @Test
  void valuesWithoutDemand_areTaken() {
    assertThat(value(Task.awaitDone(Publishers.of("a", "b", "c")))).isNull();
  }

  @Test
  void signalsAfterOnComplete_areIgnored() {
    assertThat(
            value(
                Task.await(
                    Publishers.wild(
                        s -> {
                          s.onSubscribe(subscription);
                          s.onNext("a");
                          s.onComplete();
                          s.onNext("b");
                          s.onComplete();
                          s.onError(failure);
                        }))))
        .isEqualTo("a");
    assertThat(cancels).hasValue(0);
  }

  @Test
  void signalsAfterOnError_areIgnored() {
    assertThat(
            error(
                Task.await(
                    Publishers.wild(
                        s -> {
                          s.onSubscribe(subscription);
                          s.onError(failure);
                          s.onError(new IllegalStateException("second"));
                          s.onNext("b");
                          s.onComplete();
                        }))))
        .isSameAs(failure);
  }

  @Test
  void aNullValue_failsAndCancels() {
    CallbackThread<Object> thread = waiting();
    subscriber.get().onSubscribe(subscription);

    assertThatNullPointerException().isThrownBy(() -> subscriber.get().onNext(null));

    assertThat(Deadline.error(thread)).isInstanceOf(NullPointerException.class);
    assertThat(cancels).hasValue(1);
  }

  @Test
  void aNullError_fails() {
    CallbackThread<Object> thread = waiting();
    subscriber.get().onSubscribe(subscription);

    assertThatNullPointerException().isThrownBy(() -> subscriber.get().onError(null));

    assertThat(Deadline.error(thread)).isInstanceOf(NullPointerException.class);
  }

  @Test
  void requestThatThrows_fails() {
    CallbackThread<Object> thread = waiting();

    subscriber
        .get()
        .onSubscribe(
            new Subscription() {
              @Override
              public void request(long n) {
                throw new IllegalStateException("broken request");
              }

              @Override
              public void cancel() {
                cancels.incrementAndGet();
              }
            });

    assertThat(Deadline.error(thread)).hasMessage("broken request");
    assertThat(cancels).hasValue(1);
  }

  private final Subscription uncancellable =
      new Subscription() {
        @Override
        public void request(long n) {}

        @Override
        public void cancel() {
          throw new IllegalStateException("broken cancel");
        }
      };

  @Test
  void cancelThatThrows_afterTheFirstValue_isReported() {
    CallbackThread<Object> thread =
        scheduler.spawn(Task.awaitFirst(Publishers.wild(subscriber::set)));
    Schedulers.settle(scheduler);
    subscriber.get().onSubscribe(uncancellable);

    subscriber.get().onNext("a");

    assertThat(Deadline.value(thread)).isEqualTo("a");
    schedulers.log().takeError("cancel");
  }

  @Test
  void cancelThatThrows_afterASecondValue_isReported() {
    CallbackThread<Object> thread = waiting();
    subscriber.get().onSubscribe(uncancellable);

    subscriber.get().onNext("a");
    subscriber.get().onNext("b");

    assertThat(Deadline.error(thread)).hasMessageContaining("second value");
    schedulers.log().takeError("cancel");
  }

  @Test
  void cancelThatThrows_afterACancellation_isReported() {
    CallbackThread<Object> thread = waiting();
    subscriber.get().onSubscribe(uncancellable);

    thread.cancel();

    assertThat(Deadline.outcome(thread)).isInstanceOf(Outcome.Cancelled.class);
    schedulers.log().takeError("cancel");
  }

  @Test
  void cancelThatThrows_whenThePublisherWasLate_isReported() {
    CallbackThread<Object> thread = waiting();
    thread.cancel();
    Deadline.outcome(thread);

    subscriber.get().onSubscribe(uncancellable);

    schedulers.log().takeError("cancel");
  }
}
