/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.picot.stream.Mailbox;
import dev.picot.stream.MailboxClosedException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** A mailbox as a publisher, and as a subscriber. */
class MailboxViewsTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final LoopScheduler scheduler = schedulers.one();
  private final List<String> undelivered = new CopyOnWriteArrayList<>();
  private final Mailbox<String> mailbox =
      Mailbox.<String>bounded(2).onUndelivered(undelivered::add);
  private final TestSubscriber<String> subscriber = TestSubscriber.withoutDemand();
  private final ManualPublisher<String> upstream = new ManualPublisher<>();

  private void settle() {
    for (int i = 0; i < 3; i++) {
      Schedulers.settle(scheduler);
    }
  }

  private String received() {
    return Deadline.value(scheduler.spawn(mailbox.receive()));
  }

  private void give(String... elements) {
    for (String element : elements) {
      assertThat(mailbox.offer(element)).as(element).isTrue();
    }
  }

  // as a publisher

  @Test
  void asPublisher_signalsWhatIsRequested_andTakesNoMore() {
    give("a", "b");
    mailbox.asPublisher(scheduler).subscribe(subscriber);
    settle();
    assertThat(subscriber.signals).isEmpty();

    subscriber.subscription().request(1);
    settle();

    assertThat(subscriber.signals).containsExactly("next a");
    assertThat(mailbox).hasToString("Mailbox[1 of 2]");
  }

  @Test
  void asPublisher_signalsWhatComes_andCompletesWhenClosedAndEmpty() {
    mailbox.asPublisher(scheduler).subscribe(subscriber);
    subscriber.subscription().request(9);
    settle();
    give("a");
    settle();
    assertThat(subscriber.signals).containsExactly("next a");

    give("b", "c");
    mailbox.close();

    assertThat(subscriber.end()).containsExactly("next a", "next b", "next c", "complete");
  }

  @Test
  void asPublisher_aCancelledSubscription_leavesItsElementsToTheNext() {
    give("a", "b");
    mailbox.asPublisher(scheduler).subscribe(subscriber);
    subscriber.subscription().request(1);
    settle();

    subscriber.subscription().cancel();
    settle();
    TestSubscriber<String> next = new TestSubscriber<>();
    mailbox.asPublisher(scheduler).subscribe(next);
    settle();

    assertThat(subscriber.signals).containsExactly("next a");
    assertThat(next.signals).containsExactly("next b");
    assertThat(undelivered).isEmpty();
  }

  @Test
  void asPublisher_hasOneSubscriberAtATime() {
    mailbox.asPublisher(scheduler).subscribe(subscriber);
    settle();
    TestSubscriber<String> second = new TestSubscriber<>();

    mailbox.asPublisher(scheduler).subscribe(second);

    assertThat(second.error())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("one at a time");
    assertThat(Deadline.error(scheduler.spawn(mailbox.receive())))
        .isInstanceOf(IllegalStateException.class);
    subscriber.subscription().request(1);
    give("a");
    settle();
    assertThat(subscriber.signals).containsExactly("next a");
  }

  @Test
  void asPublisher_ofAMailboxClosedByAnError_signalsIt() {
    IOException failure = new IOException("disk full");
    mailbox.asSubscriber().onError(failure);

    mailbox.asPublisher(scheduler).subscribe(subscriber);

    assertThat(subscriber.error()).isSameAs(failure);
  }

  @Test
  void asPublisher_emptiedAfterItWasWoken_completes() {
    mailbox.asPublisher(scheduler).subscribe(subscriber);
    subscriber.subscription().request(1);
    settle();

    CallbackThread<Void> both =
        scheduler.spawn(
            Task.run(
                () -> {
                  give("a");
                  mailbox.closeNow();
                }));

    Deadline.value(both);
    assertThat(subscriber.end()).containsExactly("complete");
    assertThat(undelivered).containsExactly("a");
  }

  // as a subscriber

  @Test
  void asSubscriber_requestsOnlyWhatHasRoom() {
    upstream.subscribe(mailbox.asSubscriber());
    assertThat(upstream.requests).containsExactly(1L);

    upstream.next("a");
    assertThat(upstream.requests).containsExactly(1L, 1L);
    upstream.next("b");
    assertThat(upstream.requests).hasSize(2);

    assertThat(received()).isEqualTo("a");
    assertThat(upstream.requests).containsExactly(1L, 1L, 1L);
    upstream.next("c");
    assertThat(received()).isEqualTo("b");
    assertThat(received()).isEqualTo("c");
  }

  @Test
  void asSubscriber_keepsItsRoom_fromThoseWhoOffer() {
    upstream.subscribe(mailbox.asSubscriber());
    give("a");

    assertThat(mailbox.offer("b")).isFalse();
    upstream.next("c");

    assertThat(mailbox).hasToString("Mailbox[2 of 2]");
    assertThat(received()).isEqualTo("a");
    assertThat(received()).isEqualTo("c");
  }

  @Test
  void asSubscriber_waitsBehindThoseWhoSend() {
    give("a", "b");
    CallbackThread<Void> sending = scheduler.spawn(mailbox.send("c"));
    settle();

    upstream.subscribe(mailbox.asSubscriber());
    assertThat(received()).isEqualTo("a");
    Deadline.value(sending);
    assertThat(upstream.requests).isEmpty();
    assertThat(received()).isEqualTo("b");

    assertThat(upstream.requests).containsExactly(1L);
  }

  @Test
  void asSubscriber_whereTheOldestIsDropped_requestsWithoutLimit() {
    Mailbox<String> latest = Mailbox.<String>latest().onUndelivered(undelivered::add);
    upstream.subscribe(latest.asSubscriber());

    upstream.next("a");
    upstream.next("b");

    assertThat(upstream.requests).containsExactly(Long.MAX_VALUE);
    assertThat(undelivered).containsExactly("a");
    assertThat(Deadline.value(scheduler.spawn(latest.receive()))).isEqualTo("b");
  }

  @Test
  void asSubscriber_completionClosesTheMailbox() {
    upstream.subscribe(mailbox.asSubscriber());
    upstream.next("a");

    upstream.complete();

    assertThat(received()).isEqualTo("a");
    assertThat(Deadline.error(scheduler.spawn(mailbox.receive())))
        .isInstanceOf(MailboxClosedException.class)
        .hasNoCause();
    assertThat(upstream.cancels).hasValue(0);
  }

  @Test
  void asSubscriber_anErrorClosesTheMailboxWithIt() {
    IOException failure = new IOException("disk full");
    List<String> got = new ArrayList<>();
    upstream.subscribe(mailbox.asSubscriber());
    upstream.next("a");

    upstream.error(failure);

    assertThat(
            Deadline.error(
                scheduler.spawn(mailbox.forEach(element -> Task.call(() -> got.add(element))))))
        .isInstanceOf(MailboxClosedException.class)
        .hasCause(failure);
    assertThat(got).containsExactly("a");
    assertThat(upstream.cancels).hasValue(0);
  }

  @Test
  void asSubscriber_closingCancelsThePublisher_andWhatStillComesIsUndelivered() {
    upstream.subscribe(mailbox.asSubscriber());

    mailbox.close();
    upstream.next("late");
    upstream.complete();

    assertThat(upstream.cancels).hasValue(1);
    assertThat(undelivered).containsExactly("late");
  }

  @Test
  void asSubscriber_ofAClosedMailbox_cancelsAtOnce() {
    mailbox.close();

    upstream.subscribe(mailbox.asSubscriber());

    assertThat(upstream.cancels).hasValue(1);
    assertThat(upstream.requests).isEmpty();
  }

  @Test
  void asSubscriber_moreThanWasRequested_closesTheMailbox() {
    upstream.subscribe(mailbox.asSubscriber());
    upstream.next("a");
    upstream.next("b");

    upstream.next("too much");

    assertThat(upstream.cancels).hasValue(1);
    assertThat(undelivered).containsExactly("too much");
    assertThat(received()).isEqualTo("a");
    assertThat(received()).isEqualTo("b");
    assertThat(Deadline.error(scheduler.spawn(mailbox.receive())))
        .cause()
        .hasMessageContaining("more than was requested");
  }

  @Test
  void asSubscriber_isForOneSubscription() {
    Subscriber<String> view = mailbox.asSubscriber();
    var second = new ManualPublisher<String>();
    upstream.subscribe(view);

    second.subscribe(view);

    assertThat(second.cancels).hasValue(1);
    assertThat(upstream.cancels).hasValue(0);
  }

  @Test
  void asSubscriber_refusesNull() {
    Subscriber<String> view = mailbox.asSubscriber();

    assertThatThrownBy(() -> view.onSubscribe(null)).hasMessage("subscription");
    assertThatThrownBy(() -> view.onNext(null)).hasMessage("element");
    assertThatThrownBy(() -> view.onError(null)).hasMessage("error");
  }

  @Test
  void asSubscriber_ofAPublisherThatAnswersAtOnce_doesNotRecurse() {
    int most = 100_000;
    Mailbox<Integer> large = Mailbox.bounded(most + 1);
    var depth = new AtomicInteger();
    var deepest = new AtomicInteger();
    var produced = new AtomicInteger();
    Subscriber<Integer> view = large.asSubscriber();

    view.onSubscribe(
        new Subscription() {
          @Override
          public void request(long n) {
            deepest.accumulateAndGet(depth.incrementAndGet(), Math::max);
            if (produced.get() < most) {
              view.onNext(produced.incrementAndGet());
            }
            depth.decrementAndGet();
          }

          @Override
          public void cancel() {}
        });

    assertThat(produced).hasValue(most);
    assertThat(deepest).hasValue(1);
  }

  @Test
  void asSubscriber_aPublisherThatThrowsFromRequest_closesTheMailboxWithThat() {
    Subscriber<String> view = mailbox.asSubscriber();

    view.onSubscribe(
        new Subscription() {
          @Override
          public void request(long n) {
            throw new IllegalStateException("broken publisher");
          }

          @Override
          public void cancel() {}
        });

    assertThat(Deadline.error(scheduler.spawn(mailbox.receive())))
        .cause()
        .hasMessage("broken publisher");
  }

  @Test
  void asSubscriber_aPublisherThatThrowsFromCancel_isLogged() {
    Subscriber<String> view = mailbox.asSubscriber();
    view.onSubscribe(
        new Subscription() {
          @Override
          public void request(long n) {}

          @Override
          public void cancel() {
            throw new IllegalStateException("broken publisher");
          }
        });

    mailbox.close();

    assertThat(schedulers.log().takeError("cancel").error()).hasMessage("broken publisher");
  }

  @Test
  void asSubscriber_callsThePublisherOneAfterTheOther() throws Exception {
    var within = new AtomicBoolean();
    var overlaps = new AtomicInteger();
    var gate = schedulers.gate();
    var cancelled = new CountDownLatch(1);
    Subscriber<String> view = mailbox.asSubscriber();
    Thread subscribing =
        new Thread(
            () ->
                view.onSubscribe(
                    new Subscription() {
                      @Override
                      public void request(long n) {
                        within.set(true);
                        gate.pass();
                        within.set(false);
                      }

                      @Override
                      public void cancel() {
                        if (within.get()) {
                          overlaps.incrementAndGet();
                        }
                        cancelled.countDown();
                      }
                    }));
    subscribing.start();
    gate.awaitArrival();

    mailbox.close();
    gate.open();

    Deadline.await(cancelled);
    Deadline.join(subscribing);
    assertThat(overlaps).hasValue(0);
  }

  @Test
  void aStreamThroughAMailbox_keepsOrderAndEverything() {
    int most = 20_000;
    Mailbox<Integer> between = Mailbox.bounded(16);
    List<Integer> got = new ArrayList<>();
    CallbackThread<Void> receiving =
        scheduler.spawn(between.forEach(element -> Task.call(() -> got.add(element))));

    scheduler.stream(Integer.class, emitter -> count(emitter, 0, most))
        .subscribe(between.asSubscriber());

    Deadline.value(receiving);
    assertThat(got).hasSize(most).isSorted().doesNotHaveDuplicates();
  }

  private static Task<Void> count(Emitter<? super Integer> emitter, int from, int to) {
    return from == to
        ? Task.done()
        : emitter.emit(from).flatMap(emitted -> count(emitter, from + 1, to));
  }
}
