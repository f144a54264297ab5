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
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Subscription;

/** A callback thread as a publisher of its outcome. */
class HotPublisherTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final LoopScheduler scheduler = schedulers.one();
  private final AtomicReference<AsyncSink<String>> sink = new AtomicReference<>();
  private final TestSubscriber<String> subscriber = new TestSubscriber<>();
  private final IOException failure = new IOException("disk full");

  /** Waits until the test completes it. */
  private CallbackThread<String> open() {
    CallbackThread<String> thread = scheduler.spawn(Task.<String>async(sink::set));
    Schedulers.settle(scheduler);
    return thread;
  }

  private CallbackThread<String> ended(Task<String> task) {
    CallbackThread<String> thread = scheduler.spawn(task);
    Deadline.outcome(thread);
    return thread;
  }

  @Test
  void givesTheValue_whenItHasEnded() {
    ended(Task.value("a")).subscribe(subscriber);

    assertThat(subscriber.end()).containsExactly("next a", "complete");
  }

  @Test
  void givesTheValue_whenItEndsLater() {
    open().subscribe(subscriber);
    assertThat(subscriber.signals).isEmpty();

    sink.get().success("a");

    assertThat(subscriber.end()).containsExactly("next a", "complete");
  }

  @Test
  void signalsOnItsLoop_inNobodysStep() {
    AtomicReference<Optional<?>> current = new AtomicReference<>();
    AtomicReference<Optional<?>> home = new AtomicReference<>();
    var curious =
        new TestSubscriber<String>() {
          @Override
          public void onNext(String value) {
            current.set(CallbackThread.current());
            home.set(LoopScheduler.current());
            super.onNext(value);
          }
        };

    ended(Task.value("a")).subscribe(curious);

    assertThat(curious.end()).hasSize(2);
    assertThat(curious.threads.subList(1, 3)).containsOnly("checkout-1");
    assertThat(current.get()).isEmpty();
    assertThat(home.get()).isEqualTo(Optional.of(scheduler));
  }

  @Test
  void null_isEmptyCompletion() {
    ended(Task.value(null)).subscribe(subscriber);

    assertThat(subscriber.end()).containsExactly("complete");
  }

  @Test
  void anErrorIsSignalled() {
    ended(Task.error(failure)).subscribe(subscriber);

    assertThat(subscriber.error()).isSameAs(failure);
    assertThat(subscriber.signals).hasSize(1);
  }

  @Test
  void cancellation_isACancellationException() {
    CallbackThread<String> thread = open();
    thread.subscribe(subscriber);

    thread.cancel();

    assertThat(subscriber.error()).isInstanceOf(CancellationException.class);
  }

  @Test
  void aValueWaitsForDemand() {
    TestSubscriber<String> slow = TestSubscriber.withoutDemand();
    ended(Task.value("a")).subscribe(slow);
    Schedulers.settle(scheduler);
    assertThat(slow.signals).isEmpty();

    slow.subscription().request(1);

    assertThat(slow.end()).containsExactly("next a", "complete");
  }

  @Test
  void emptyCompletion_needsNoDemand() {
    TestSubscriber<String> slow = TestSubscriber.withoutDemand();

    ended(Task.value(null)).subscribe(slow);

    assertThat(slow.end()).containsExactly("complete");
  }

  @Test
  void anError_needsNoDemand() {
    TestSubscriber<String> slow = TestSubscriber.withoutDemand();

    ended(Task.error(failure)).subscribe(slow);

    assertThat(slow.error()).isSameAs(failure);
  }

  @Test
  void everyDemandIsOneDemand() {
    CallbackThread<String> thread = open();
    thread.subscribe(subscriber);

    subscriber.subscription().request(Long.MAX_VALUE);
    subscriber.subscription().request(Long.MAX_VALUE);
    sink.get().success("a");

    assertThat(subscriber.end()).containsExactly("next a", "complete");
    Schedulers.settle(scheduler);
    assertThat(subscriber.signals).hasSize(2);
  }

  @Test
  void everySubscriberIsTold() {
    CallbackThread<String> thread = open();
    List<TestSubscriber<String>> all =
        IntStream.range(0, 100).mapToObj(i -> new TestSubscriber<String>()).toList();
    all.forEach(thread::subscribe);

    sink.get().success("a");

    assertThat(all).allSatisfy(s -> assertThat(s.end()).containsExactly("next a", "complete"));
  }

  @Test
  void oneSubscriberTwice_isToldTwice() {
    CallbackThread<String> thread = ended(Task.value("a"));
    Gate gate = schedulers.gate(); // or the first could be told while the second subscribes
    CallbackThread<?> stuck = scheduler.spawn(Task.run(gate::pass));
    gate.awaitArrival();

    thread.subscribe(subscriber);
    thread.subscribe(subscriber);
    gate.open();
    Deadline.value(stuck);
    Schedulers.settle(scheduler);

    assertThat(subscriber.signals)
        .containsExactlyInAnyOrder("next a", "complete", "next a", "complete");
  }

  @Test
  void cancellingASubscription_doesNotCancelTheCallbackThread() {
    CallbackThread<String> thread = open();
    thread.subscribe(subscriber);

    subscriber.subscription().cancel();
    sink.get().success("a");

    assertThat(Deadline.value(thread)).isEqualTo("a");
    Schedulers.settle(scheduler);
    assertThat(subscriber.signals).isEmpty();
  }

  @Test
  void cancellingASubscription_isIdempotent_andEndsDemand() {
    CallbackThread<String> thread = ended(Task.value("a"));
    TestSubscriber<String> slow = TestSubscriber.withoutDemand();
    thread.subscribe(slow);

    slow.subscription().cancel();
    slow.subscription().cancel();
    slow.subscription().request(1);
    slow.subscription().request(-1);
    Schedulers.settle(scheduler);

    assertThat(slow.signals).isEmpty();
  }

  @Test
  void cancellingWithinOnSubscribe_hearsNothing() {
    var hasty =
        new TestSubscriber<String>() {
          @Override
          public void onSubscribe(Subscription given) {
            given.request(1);
            given.cancel();
          }
        };

    ended(Task.value("a")).subscribe(hasty);
    Schedulers.settle(scheduler);

    assertThat(hasty.signals).isEmpty();
  }

  @Test
  void cancellingWithinOnNext_hearsNoCompletion() {
    var satisfied =
        new TestSubscriber<String>() {
          @Override
          public void onNext(String value) {
            super.onNext(value);
            subscription().cancel();
          }
        };

    ended(Task.value("a")).subscribe(satisfied);
    Schedulers.settle(scheduler);

    assertThat(satisfied.signals).containsExactly("next a");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, Long.MIN_VALUE})
  void aDemandOfNothing_isAnError(long demand) {
    TestSubscriber<String> wrong = TestSubscriber.withoutDemand();
    open().subscribe(wrong);

    wrong.subscription().request(demand);

    assertThat(wrong.error())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("3.9");
  }

  @Test
  void aDemandOfNothing_endsTheSubscription_notTheCallbackThread() {
    TestSubscriber<String> wrong = TestSubscriber.withoutDemand();
    CallbackThread<String> thread = open();
    thread.subscribe(wrong);

    wrong.subscription().request(0);
    wrong.subscription().request(1);
    wrong.error();
    sink.get().success("a");

    assertThat(Deadline.value(thread)).isEqualTo("a");
    Schedulers.settle(scheduler);
    assertThat(wrong.signals).hasSize(1);
  }

  @Test
  void aDemandOfNothingWithinOnSubscribe_isSignalledAfterwards() {
    var wrong =
        new TestSubscriber<String>() {
          @Override
          public void onSubscribe(Subscription given) {
            enter("subscribe");
            given.request(-1);
            Schedulers.settle(scheduler);
            Schedulers.settle(scheduler);
            leave();
          }
        };

    open().subscribe(wrong);

    assertThat(wrong.error()).isInstanceOf(IllegalArgumentException.class);
    assertThat(wrong.signals).hasSize(1);
  }

  @Test
  void aSubscriberThatThrows_isReported_andHurtsNobody() {
    CallbackThread<String> thread = open();
    var broken =
        new TestSubscriber<String>() {
          @Override
          public void onNext(String value) {
            throw new IllegalStateException("broken subscriber");
          }
        };
    thread.subscribe(broken);
    thread.subscribe(subscriber);

    sink.get().success("a");

    assertThat(subscriber.end()).containsExactly("next a", "complete");
    assertThat(schedulers.log().takeError("uncaught error in subscriber").error())
        .hasMessage("broken subscriber");
  }

  @Test
  void aSubscriberThatThrowsInOnSubscribe_throwsToWhoeverSubscribes() {
    CallbackThread<String> thread = ended(Task.value("a"));
    var broken =
        new TestSubscriber<String>() {
          @Override
          public void onSubscribe(Subscription given) {
            throw new IllegalStateException("broken subscriber");
          }
        };

    assertThatThrownBy(() -> thread.subscribe(broken)).hasMessage("broken subscriber");
  }

  @Test
  void afterTheSchedulerHasClosed_signalsOnTheCallingThread() {
    CallbackThread<String> thread = ended(Task.value("a"));
    scheduler.close();

    thread.subscribe(subscriber);

    assertThat(subscriber.signals).containsExactly("next a", "complete");
    assertThat(subscriber.threads).containsOnly(Thread.currentThread().getName());
  }

  @Test
  void observersThatWereThereBeforeClosing_areTold() {
    CallbackThread<String> thread = scheduler.spawn(Task.sleep(ofMillis(5)).then(Task.value("a")));
    thread.subscribe(subscriber);

    scheduler.close();

    assertThat(subscriber.end()).containsExactly("next a", "complete");
  }

  @Test
  void isSubscribedFromWithinItsOwnStep() {
    CallbackThread<String> thread =
        scheduler.spawn(
            Task.call(
                () -> {
                  @SuppressWarnings("unchecked") // it is this one
                  var self = (CallbackThread<String>) CallbackThread.current().orElseThrow();
                  self.subscribe(subscriber);
                  return "a";
                }));

    assertThat(Deadline.value(thread)).isEqualTo("a");
    assertThat(subscriber.end()).containsExactly("next a", "complete");
  }
}
