/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** Doing something with each value of publishers that keep to the specification. */
class TaskForEachTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final LoopScheduler scheduler = schedulers.one();
  private final ManualPublisher<String> publisher = new ManualPublisher<>();
  private final IOException failure = new IOException("disk full");
  private final List<Object> events = new CopyOnWriteArrayList<>();

  private Object value(Task<?> task) {
    return Deadline.value(scheduler.<Object>spawn(task));
  }

  private Throwable error(Task<?> task) {
    return Deadline.error(scheduler.<Object>spawn(task));
  }

  private Task<Void> note(Object event) {
    return Task.run(() -> events.add(event));
  }

  /** Has subscribed, requested, and waits for a value. */
  private CallbackThread<Object> waiting(Task<?> task) {
    CallbackThread<Object> thread = scheduler.spawn(task);
    settle(thread);
    return thread;
  }

  private void settle(CallbackThread<?> thread) {
    Schedulers.settle(scheduler);
    assertThat(thread.state()).isEqualTo(CallbackThread.State.WAITING);
  }

  /** Counts up as requested, within the request itself. */
  private static final class Numbers implements Publisher<Integer> {
    final AtomicInteger cancels = new AtomicInteger();
    private final int count;

    Numbers(int count) {
      this.count = count;
    }

    @Override
    public void subscribe(Subscriber<? super Integer> to) {
      to.onSubscribe(
          new Subscription() {
            private int at;

            @Override
            public void request(long n) {
              for (long left = n; left > 0 && at < count; left--) {
                to.onNext(at++);
              }
              if (at == count) {
                at++;
                to.onComplete();
              }
            }

            @Override
            public void cancel() {
              cancels.incrementAndGet();
            }
          });
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 256, Integer.MAX_VALUE})
  void handlesEachValueInOrder(int prefetch) {
    var numbers = new Numbers(1_000);

    assertThat(value(Task.forEach(numbers, prefetch, this::note).then(note("after")))).isNull();

    assertThat(events.subList(0, 1_000))
        .containsExactlyElementsOf(IntStream.range(0, 1_000).boxed().toList());
    assertThat(events).hasSize(1_001);
    assertThat(numbers.cancels).hasValue(0);
  }

  @Test
  void anEmptyPublisher_completes() {
    assertThat(value(Task.forEach(new Numbers(0), this::note))).isNull();
    assertThat(events).isEmpty();
  }

  @Test
  void valuesThatComeFromElsewhere_areHandledOnTheLoop() {
    CallbackThread<?> thread =
        scheduler.spawn(
            Task.forEach(publisher, v -> note(v + " on " + Thread.currentThread().getName())));
    settle(thread);

    publisher.next("a");
    settle(thread);
    publisher.next("b");
    publisher.complete();
    Deadline.value(thread);

    assertThat(events).containsExactly("a on checkout-1", "b on checkout-1");
  }

  @Test
  void aValueIsHandledWhenTheOneBeforeItIsDone() {
    Gate gate = schedulers.gate();
    CallbackThread<?> thread =
        waiting(
            Task.forEach(
                publisher,
                2,
                v -> note("begin " + v).then(Task.blockingRun(gate::pass)).then(note("end " + v))));
    publisher.next("a");
    publisher.next("b");
    gate.awaitArrival();

    assertThat(events).containsExactly("begin a");

    gate.open();
    publisher.complete();
    Deadline.value(thread);
    assertThat(events).containsExactly("begin a", "end a", "begin b", "end b");
  }

  @Test
  void byDefault_requestsOneValueWhenTheOneBeforeItIsDone() {
    Gate gate = schedulers.gate();
    CallbackThread<?> thread = waiting(Task.forEach(publisher, v -> Task.blockingRun(gate::pass)));
    assertThat(publisher.requests).containsExactly(1L);

    publisher.next("a");
    gate.awaitArrival();
    assertThat(publisher.requests).containsExactly(1L);

    gate.open();
    publisher.next(awaitRequest(2));
    publisher.next(awaitRequest(3));
    publisher.complete();
    Deadline.value(thread);
    assertThat(publisher.requests).containsOnly(1L);
  }

  private String awaitRequest(int count) {
    Takeovers.until(scheduler, count + " requests", () -> publisher.requests.size() >= count);
    return "value";
  }

  @Test
  void withPrefetch_requestsHalfOfItAgain() {
    CallbackThread<?> thread = waiting(Task.forEach(publisher, 5, this::note));
    assertThat(publisher.requests).containsExactly(5L);

    for (int i = 0; i < 6; i++) {
      publisher.next("v" + i);
      settle(thread);
    }

    assertThat(publisher.requests).containsExactly(5L, 3L, 3L);
    thread.cancel();
  }

  @Test
  void withTheGreatestPrefetch_requestsThatMany() {
    CallbackThread<?> thread = waiting(Task.forEach(publisher, Integer.MAX_VALUE, this::note));

    assertThat(publisher.requests).containsExactly((long) Integer.MAX_VALUE);
    thread.cancel();
  }

  @Test
  void subscribesRequestsAndCancels_inSteps() {
    CallbackThread<?> thread = waiting(Task.forEach(publisher, this::note));

    publisher.next("a");
    settle(thread);
    thread.cancel();
    Deadline.outcome(thread);

    assertThat(publisher.threads)
        .containsExactly(
            "subscribe on checkout-1",
            "request on checkout-1",
            "request on checkout-1",
            "cancel on checkout-1");
  }

  @Test
  @SuppressWarnings({"unchecked", "rawtypes"}) // it takes whatever its publisher gives
  void aSubscriptionFromElsewhere_isRequestedFromInAStep() {
    var late = new CompletableFuture<Subscriber<? super Object>>();
    CallbackThread<?> thread = waiting(Task.forEach(Publishers.wild(late::complete), this::note));

    settle(thread);
    publisher.subscribe((Subscriber) late.join());
    settle(thread);

    assertThat(publisher.threads).contains("request on checkout-1");
    thread.cancel();
  }

  @Test
  void anError_failsAfterTheValuesBeforeIt() {
    Gate gate = schedulers.gate();
    CallbackThread<?> thread =
        waiting(Task.forEach(publisher, 3, v -> Task.blockingRun(gate::pass).then(note(v))));

    publisher.next("a");
    publisher.next("b");
    publisher.error(failure);
    gate.open();

    assertThat(Deadline.error(thread)).isSameAs(failure);
    assertThat(events).containsExactly("a", "b");
    assertThat(publisher.cancels).hasValue(0);
  }

  @Test
  void anErrorOfTheBody_failsAtOnceAndCancels() {
    CallbackThread<?> thread =
        waiting(
            Task.forEach(
                publisher,
                3,
                v -> note(v).then(Task.sleep(ofMillis(1))).then(Task.error(failure))));

    publisher.next("a");
    publisher.next("b");

    assertThat(Deadline.error(thread)).isSameAs(failure);
    assertThat(events).containsExactly("a");
    assertThat(publisher.cancels).hasValue(1);
  }

  @Test
  void anErrorOfTheFunctionThatMakesTheBody_failsAndCancels() {
    var numbers = new Numbers(10);

    assertThat(
            error(
                Task.forEach(
                    numbers,
                    v -> {
                      throw failure;
                    })))
        .isSameAs(failure);
    assertThat(numbers.cancels).hasValue(1);
  }

  @Test
  void aBodyOfNull_failsAndNamesTheFunction() {
    var numbers = new Numbers(10);

    assertThat(error(Task.forEach(numbers, v -> null)))
        .hasMessageStartingWith("a step in dev.picot.TaskForEachTest returned null");
    assertThat(numbers.cancels).hasValue(1);
  }

  @Test
  void cancel_whileItWaits_cancelsThePublisher() {
    CallbackThread<?> thread = waiting(Task.forEach(publisher, this::note));

    thread.cancel();

    assertThat(Deadline.outcome(thread)).isInstanceOf(Outcome.Cancelled.class);
    assertThat(publisher.cancels).hasValue(1);
  }

  @Test
  void cancel_whileAValueIsHandled_cancelsThePublisher_andDropsTheOthers() {
    CallbackThread<?> thread = waiting(Task.forEach(publisher, 2, v -> note(v).then(Task.never())));
    publisher.next("a");
    publisher.next("b");
    settle(thread);

    thread.cancel();

    assertThat(Deadline.outcome(thread)).isInstanceOf(Outcome.Cancelled.class);
    assertThat(publisher.cancels).hasValue(1);
    assertThat(events).containsExactly("a");
  }

  @Test
  void aTimeout_cancelsThePublisher() {
    LoopScheduler timed = schedulers.one(VirtualTicker.onTick());
    CallbackThread<Void> thread =
        timed.spawn(Task.forEach(publisher, this::note).timeout(ofMillis(1)));

    assertThat(Deadline.error(thread)).isInstanceOf(TaskTimeoutException.class);
    assertThat(publisher.cancels).hasValue(1);
  }

  @Test
  void signalsAfterTheCancellation_areDropped() {
    CallbackThread<?> thread = waiting(Task.forEach(publisher, 2, this::note));
    thread.cancel();
    Deadline.outcome(thread);

    publisher.next("a");
    publisher.complete();
    publisher.error(failure);

    assertThat(events).isEmpty();
    assertThat(publisher.cancels).hasValue(1);
  }

  @Test
  void theSameTask_subscribesEachTimeItRuns() {
    Task<Void> task = Task.forEach(new Numbers(2), this::note);

    value(task.then(task));

    assertThat(events).containsExactly(0, 1, 0, 1);
  }

  @Test
  void oneInTheBodyOfAnother_endsBeforeTheNextValue() {
    value(
        Task.forEach(new Numbers(2), i -> Task.forEach(new Numbers(2), 8, j -> note(i + "." + j))));

    assertThat(events).containsExactly("0.0", "0.1", "1.0", "1.1");
  }

  @Test
  void aRetry_subscribesAnew() {
    var subscriptions = new AtomicInteger();
    Publisher<Integer> failsTwice =
        to -> {
          if (subscriptions.incrementAndGet() < 3) {
            Publishers.<Integer>failing(failure).subscribe(to);
          } else {
            new Numbers(1).subscribe(to);
          }
        };

    value(Task.forEach(failsTwice, this::note).retry(Backoff.fixed(ofMillis(1))));

    assertThat(events).containsExactly(0);
    assertThat(subscriptions).hasValue(3);
  }

  @Test
  void aDump_namesThePublisherItWaitsFor() {
    CallbackThread<?> thread = waiting(Task.forEach(publisher, this::note));

    assertThat(scheduler.inspect().callbackThreads())
        .singleElement()
        .satisfies(
            info -> assertThat(info.waitsFor()).isEqualTo("publisher dev.picot.ManualPublisher"));
    thread.cancel();
  }

  @Test
  void cancel_withinAnAcquire_endsIt_andNothingIsReleased() {
    CallbackThread<?> thread =
        waiting(
            Task.using(
                Task.forEach(publisher, this::note),
                acquired -> note("use"),
                (acquired, outcome) -> note("release")));

    thread.cancel();
    Deadline.outcome(thread);
    publisher.next("a");
    publisher.complete();
    Schedulers.settle(scheduler);

    assertThat(events).isEmpty();
    assertThat(publisher.cancels).hasValue(1);
    assertThat(scheduler.stats().live()).isZero();
  }

  @Test
  void aBodyThatIsGivenUpWithinAnAcquire_isFollowedByNoOtherValue() {
    var sink = new CompletableFuture<AsyncSink<Object>>();
    CallbackThread<?> thread =
        waiting(
            Task.using(
                Task.forEach(publisher, 2, v -> note(v).then(Task.async(sink::complete))),
                acquired -> note("use"),
                (acquired, outcome) -> note("release")));
    publisher.next("a");
    publisher.next("b");
    settle(thread);

    thread.cancel();
    Deadline.outcome(thread);
    sink.join().success("late");
    Takeovers.until(scheduler, "nothing is live", () -> scheduler.stats().live() == 0);

    assertThat(events).containsExactly("a");
  }

  @Test
  void manyValuesFromAnotherThread_allArriveInOrder() throws Exception {
    var requested = new LinkedBlockingQueue<Long>();
    var cancelled = new CountDownLatch(1);
    Publisher<Integer> source =
        to -> {
          var thread =
              new Thread(
                  () -> {
                    int next = 0;
                    try {
                      while (next < 50_000) {
                        for (long n = requested.take(); n > 0 && next < 50_000; n--) {
                          to.onNext(next++);
                        }
                      }
                      to.onComplete();
                    } catch (InterruptedException e) {
                      throw new AssertionError(e);
                    }
                  });
          to.onSubscribe(
              new Subscription() {
                @Override
                public void request(long n) {
                  requested.add(n);
                }

                @Override
                public void cancel() {
                  cancelled.countDown();
                }
              });
          thread.start();
        };
    var expected = new AtomicInteger();

    value(
        Task.forEach(
            source, 16, v -> Task.run(() -> assertThat(v).isEqualTo(expected.getAndIncrement()))));

    assertThat(expected).hasValue(50_000);
    assertThat(cancelled.getCount()).isEqualTo(1);
  }
}
