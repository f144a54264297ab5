/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;

/** A task as a publisher: one callback thread for each subscriber. */
class ColdPublisherTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final LoopScheduler scheduler =
      schedulers.build("checkout", b -> b.loops(1).maxCallbackThreads(2));
  private final TestSubscriber<Object> subscriber = new TestSubscriber<>();
  private final AtomicInteger started = new AtomicInteger();
  private final Task<Integer> task = Task.call(started::incrementAndGet);

  private Publisher<Object> publisher(Task<?> task) {
    return scheduler.publisher(task);
  }

  @Test
  void startsNothingByItself() {
    Publisher<Object> unused = publisher(task);
    Schedulers.settle(scheduler);

    assertThat(started).hasValue(0);
  }

  @Test
  void startsOneForEachSubscriber() {
    Publisher<Object> publisher = publisher(task);
    var other = new TestSubscriber<Object>();

    publisher.subscribe(subscriber);
    assertThat(subscriber.end()).containsExactly("next 1", "complete");
    publisher.subscribe(other);

    assertThat(other.end()).containsExactly("next 2", "complete");
  }

  @Test
  void startsAfterOnSubscribeHasReturned() {
    var slow =
        new TestSubscriber<>() {
          @Override
          public void onSubscribe(Subscription given) {
            enter("subscribe");
            given.request(1);
            Schedulers.settle(scheduler);
            assertThat(started).hasValue(0);
            leave();
          }
        };

    publisher(task).subscribe(slow);

    assertThat(slow.end()).containsExactly("next 1", "complete");
  }

  @Test
  void aValueWaitsForDemand() {
    TestSubscriber<Object> slow = TestSubscriber.withoutDemand();
    publisher(task).subscribe(slow);
    Schedulers.settle(scheduler);
    Schedulers.settle(scheduler);
    assertThat(slow.signals).isEmpty();

    slow.subscription().request(1);

    assertThat(slow.end()).containsExactly("next 1", "complete");
  }

  @Test
  void null_isEmptyCompletion() {
    publisher(Task.done()).subscribe(subscriber);

    assertThat(subscriber.end()).containsExactly("complete");
  }

  @Test
  void anErrorIsSignalled_andNotReportedAsUnobserved() {
    var failure = new IOException("disk full");

    publisher(Task.error(failure)).subscribe(subscriber);

    assertThat(subscriber.error()).isSameAs(failure);
  }

  @Test
  void aTaskAsValue_isAnError() {
    publisher(Task.value(Task.done())).subscribe(subscriber);

    assertThat(subscriber.error()).hasMessageContaining("did you mean flatMap?");
  }

  @Test
  void cancel_cancelsTheCallbackThread() {
    publisher(Task.never()).subscribe(subscriber);

    subscriber.subscription().cancel();
    subscriber.subscription().cancel();

    Deadline.await(scheduler.shutdown(Deadline.LIMIT));
    assertThat(scheduler.stats().cancelled()).isOne();
    assertThat(subscriber.signals).isEmpty();
  }

  @Test
  void cancelWithinOnSubscribe_startsNothing() {
    var hasty =
        new TestSubscriber<>() {
          @Override
          public void onSubscribe(Subscription given) {
            given.request(1);
            given.cancel();
          }
        };

    publisher(task).subscribe(hasty);
    Deadline.await(scheduler.shutdown(Deadline.LIMIT));

    assertThat(started).hasValue(0);
    assertThat(hasty.signals).isEmpty();
  }

  @Test
  void cancel_afterTheValue_isNothing() {
    publisher(task).subscribe(subscriber);
    subscriber.end();

    subscriber.subscription().cancel();
    Deadline.await(scheduler.shutdown(Deadline.LIMIT));

    assertThat(scheduler.stats().completed()).isOne();
    assertThat(subscriber.signals).containsExactly("next 1", "complete");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, Long.MIN_VALUE})
  void aDemandOfNothing_isAnError_andCancels(long demand) {
    TestSubscriber<Object> wrong = TestSubscriber.withoutDemand();
    publisher(Task.never()).subscribe(wrong);

    wrong.subscription().request(demand);

    assertThat(wrong.error())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("3.9");
    Deadline.await(scheduler.shutdown(Deadline.LIMIT));
    assertThat(scheduler.stats().cancelled()).isOne();
    assertThat(wrong.signals).hasSize(1);
  }

  @Test
  void aDemandOfNothingWithinOnSubscribe_isSignalledAfterwards_andStartsNothing() {
    var wrong =
        new TestSubscriber<>() {
          @Override
          public void onSubscribe(Subscription given) {
            enter("subscribe");
            given.request(-1);
            leave();
          }
        };

    publisher(task).subscribe(wrong);

    assertThat(wrong.error()).isInstanceOf(IllegalArgumentException.class);
    Deadline.await(scheduler.shutdown(Deadline.LIMIT));
    assertThat(wrong.signals).hasSize(1);
    assertThat(started).hasValue(0);
  }

  @Test
  void refusedWork_isSignalled() {
    CallbackThread<?> one = scheduler.spawn(Task.never());
    CallbackThread<?> two = scheduler.spawn(Task.never());

    publisher(task).subscribe(subscriber);

    assertThat(subscriber.error()).isInstanceOf(AdmissionRefusedException.class);
    one.cancel();
    two.cancel();
  }

  @Test
  void ofAClosedScheduler_isSignalled() {
    scheduler.close();

    publisher(task).subscribe(subscriber);

    assertThat(subscriber.error()).isInstanceOf(SchedulerClosedException.class);
    assertThat(started).hasValue(0);
  }

  @Test
  void refusedWork_afterCancel_isNotSignalled() {
    scheduler.close();
    var hasty =
        new TestSubscriber<>() {
          @Override
          public void onSubscribe(Subscription given) {
            given.cancel();
          }
        };

    publisher(task).subscribe(hasty);

    assertThat(hasty.signals).isEmpty();
  }

  @Test
  void aValueThatIsRequestedAfterClosing_isGivenOnTheRequestingThread() {
    TestSubscriber<Object> slow = TestSubscriber.withoutDemand();
    publisher(task).subscribe(slow);
    scheduler.close();

    slow.subscription().request(1);

    assertThat(slow.signals).containsExactly("next 1", "complete");
    assertThat(slow.threads).containsOnly(Thread.currentThread().getName());
  }

  @Test
  void aSubscriberThatThrows_isReported() {
    var broken =
        new TestSubscriber<>() {
          @Override
          public void onNext(Object value) {
            throw new IllegalStateException("broken subscriber");
          }
        };

    publisher(task).subscribe(broken);

    assertThat(schedulers.log().takeError("uncaught error in subscriber").error())
        .hasMessage("broken subscriber");
  }
}
