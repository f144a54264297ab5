/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** As {@link BadPublisherTest}, for a publisher whose values are handled one by one. */
class BadPublisherOfManyTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final LoopScheduler scheduler = schedulers.one();
  private final IOException failure = new IOException("disk full");
  private final AtomicInteger cancels = new AtomicInteger();
  private final List<Object> values = new CopyOnWriteArrayList<>();
  private final AtomicReference<Subscriber<? super Object>> subscriber = new AtomicReference<>();

  private final Subscription subscription = requesting(n -> {});

  private Subscription requesting(Consumer<Long> request) {
    return new Subscription() {
      @Override
      public void request(long n) {
        request.accept(n);
      }

      @Override
      public void cancel() {
        cancels.incrementAndGet();
      }
    };
  }

  private CallbackThread<Object> handling(Consumer<Subscriber<? super Object>> behaviour) {
    return scheduler.spawn(
        Task.forEach(Publishers.wild(behaviour), 2, v -> Task.run(() -> values.add(v))));
  }

  private Throwable error(Consumer<Subscriber<? super Object>> behaviour) {
    return Deadline.error(handling(behaviour));
  }

  /** Is subscribed and waits. */
  private CallbackThread<Object> waiting(Subscription subscription) {
    CallbackThread<Object> thread =
        handling(
            s -> {
              subscriber.set(s);
              s.onSubscribe(subscription);
            });
    Schedulers.settle(scheduler);
    return thread;
  }

  private static RuntimeException broken() {
    return new IllegalStateException("broken");
  }

  @Test
  void subscribeThatThrows_fails() {
    assertThat(
            error(
                s -> {
                  throw broken();
                }))
        .hasMessage("broken");
  }

  @Test
  void subscribeThatThrowsAfterOnSubscribe_failsAndCancels() {
    assertThat(
            error(
                s -> {
                  s.onSubscribe(subscription);
                  throw broken();
                }))
        .hasMessage("broken");
    assertThat(cancels).hasValue(1);
  }

  @Test
  void subscribeThatThrowsAfterTheEnd_isReported() {
    assertThat(
            Deadline.value(
                handling(
                    s -> {
                      s.onSubscribe(subscription);
                      s.onComplete();
                      throw broken();
                    })))
        .isNull();
    assertThat(schedulers.log().takeError("after its end").error()).hasMessage("broken");
  }

  @Test
  void aNullSubscription_fails() {
    assertThat(error(s -> s.onSubscribe(null)))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("subscription");
  }

  @Test
  void noSubscription_waitsAndCanBeEnded() {
    CallbackThread<Object> thread = handling(s -> {});
    Schedulers.settle(scheduler);

    thread.cancel();

    assertThat(Deadline.outcome(thread)).isInstanceOf(Outcome.Cancelled.class);
  }

  @Test
  void aSecondSubscription_isCancelled_andTheFirstGoesOn() {
    Subscription first =
        requesting(
            n -> {
              subscriber.get().onNext("a");
              subscriber.get().onComplete();
            });
    var second = new AtomicInteger();

    Deadline.value(
        handling(
            s -> {
              subscriber.set(s);
              s.onSubscribe(first);
              s.onSubscribe(cancelling(second::incrementAndGet));
            }));

    assertThat(values).containsExactly("a");
    assertThat(second).hasValue(1);
    assertThat(cancels).hasValue(0);
  }

  private static Subscription cancelling(Runnable cancel) {
    return new Subscription() {
      @Override
      public void request(long n) {}

      @Override
      public void cancel() {
        cancel.run();
      }
    };
  }

  @Test
  void aSubscriptionAfterTheCancellation_isCancelled() {
    CallbackThread<Object> thread = handling(subscriber::set);
    Schedulers.settle(scheduler);
    thread.cancel();
    Deadline.outcome(thread);

    subscriber.get().onSubscribe(subscription);

    assertThat(cancels).hasValue(1);
  }

  @Test
  void aSubscriptionAfterTheEnd_isCancelled() {
    Deadline.value(
        handling(
            s -> {
              s.onComplete();
              s.onSubscribe(subscription);
            }));

    assertThat(cancels).hasValue(1);
  }

  @Test
  void aValueBeforeTheSubscription_fails() {
    assertThat(
            error(
                s -> {
                  s.onNext("a");
                  s.onSubscribe(subscription);
                }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageMatching(
            "forEach got value number 1 from dev\\.picot\\.Publishers \\(requested: 0\\)\\. .*");
    assertThat(cancels).hasValue(1);
  }

  @Test
  void anErrorBeforeTheSubscription_fails() {
    assertThat(error(s -> s.onError(failure))).isSameAs(failure);
  }

  @Test
  void moreValuesThanRequested_failAfterThoseThatWere_andCancel() {
    CallbackThread<Object> thread =
        waiting(
            requesting(
                n -> {
                  subscriber.get().onNext("a");
                  subscriber.get().onNext("b");
                  subscriber.get().onNext("c");
                  subscriber.get().onNext("d");
                }));

    assertThat(Deadline.error(thread))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("forEach got value number 3 ")
        .hasMessageContaining("(requested: 2)");
    assertThat(values).containsExactly("a", "b");
    assertThat(cancels).hasValue(1);
  }

  @Test
  void signalsAfterOnComplete_areIgnored() {
    CallbackThread<Object> thread =
        waiting(
            requesting(
                n -> {
                  subscriber.get().onNext("a");
                  subscriber.get().onComplete();
                  subscriber.get().onNext("b");
                  subscriber.get().onError(failure);
                  subscriber.get().onComplete();
                }));

    assertThat(Deadline.value(thread)).isNull();
    assertThat(values).containsExactly("a");
    assertThat(cancels).hasValue(0);
  }

  @Test
  void signalsAfterOnError_areIgnored() {
    CallbackThread<Object> thread =
        waiting(
            requesting(
                n -> {
                  subscriber.get().onError(failure);
                  subscriber.get().onNext("b");
                  subscriber.get().onError(broken());
                  subscriber.get().onComplete();
                }));

    assertThat(Deadline.error(thread)).isSameAs(failure);
    assertThat(values).isEmpty();
  }

  @Test
  void aNullValue_failsAndCancels() {
    CallbackThread<Object> thread = waiting(subscription);

    assertThatNullPointerException().isThrownBy(() -> subscriber.get().onNext(null));

    assertThat(Deadline.error(thread)).isInstanceOf(NullPointerException.class).hasMessage("next");
    assertThat(cancels).hasValue(1);
  }

  @Test
  void aNullError_failsAndCancels() {
    CallbackThread<Object> thread = waiting(subscription);

    assertThatNullPointerException().isThrownBy(() -> subscriber.get().onError(null));

    assertThat(Deadline.error(thread)).isInstanceOf(NullPointerException.class);
    assertThat(cancels).hasValue(1);
  }

  @Test
  void requestThatThrows_failsAfterWhatItGave_andCancels() {
    CallbackThread<Object> thread =
        waiting(
            requesting(
                n -> {
                  subscriber.get().onNext("a");
                  throw broken();
                }));

    assertThat(Deadline.error(thread)).hasMessage("broken");
    assertThat(values).containsExactly("a");
    assertThat(cancels).hasValue(1);
  }

  @Test
  void requestThatThrowsAfterTheEnd_isReported() {
    CallbackThread<Object> thread =
        waiting(
            requesting(
                n -> {
                  subscriber.get().onComplete();
                  throw broken();
                }));

    assertThat(Deadline.value(thread)).isNull();
    schedulers.log().takeError("after its end");
  }

  @Test
  void cancelThatThrows_isReported() {
    CallbackThread<Object> thread =
        waiting(
            cancelling(
                () -> {
                  throw broken();
                }));

    thread.cancel();

    assertThat(Deadline.outcome(thread)).isInstanceOf(Outcome.Cancelled.class);
    schedulers.log().takeError("cancel of publisher");
  }

  @Test
  void cancelThatThrows_afterAnErrorOfTheBody_doesNotHideIt() {
    Subscription uncancellable =
        cancelling(
            () -> {
              throw broken();
            });
    CallbackThread<Object> thread =
        scheduler.spawn(
            Task.forEach(
                Publishers.wild(
                    s -> {
                      subscriber.set(s);
                      s.onSubscribe(uncancellable);
                    }),
                v -> Task.error(failure)));
    Schedulers.settle(scheduler);

    subscriber.get().onNext("a");

    assertThat(Deadline.error(thread)).isSameAs(failure).hasNoSuppressedExceptions();
    schedulers.log().takeError("cancel of publisher");
  }

  @Test
  void signalsWithinCancel_areIgnored() {
    CallbackThread<Object> thread =
        waiting(
            cancelling(
                () -> {
                  subscriber.get().onNext("a");
                  subscriber.get().onComplete();
                }));

    thread.cancel();

    assertThat(Deadline.outcome(thread)).isInstanceOf(Outcome.Cancelled.class);
    assertThat(values).isEmpty();
  }
}
