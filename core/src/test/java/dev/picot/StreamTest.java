/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;

/** A stream: one callback thread for each subscriber, which emits what is requested. */
class StreamTest {
  private static final int MANY = 100_000;

  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final VirtualTicker ticker = VirtualTicker.onTick();
  private final LoopScheduler scheduler =
      schedulers.build("checkout", b -> b.loops(1).maxCallbackThreads(10).ticker(ticker));
  private final TestSubscriber<Object> subscriber = TestSubscriber.withoutDemand();
  private final AtomicInteger started = new AtomicInteger();

  private Publisher<Object> stream(Step<? super Emitter<Object>, ? extends Task<?>> body) {
    return scheduler.stream(body);
  }

  /** Emits so many numbers, then ends. */
  private static Task<Void> count(Emitter<? super Integer> emitter, int from, int to) {
    return from == to
        ? Task.done()
        : emitter.emit(from).flatMap(emitted -> count(emitter, from + 1, to));
  }

  private Task<Void> abc(Emitter<Object> emitter) {
    started.incrementAndGet();
    return emitter.emit("a").then(emitter.emit("b")).then(emitter.emit("c"));
  }

  private void settle() {
    for (int i = 0; i < 3; i++) {
      Schedulers.settle(scheduler);
    }
  }

  @Test
  void startsNothingByItself_andOneForEachSubscriber() {
    Publisher<Object> stream = stream(this::abc);
    settle();
    assertThat(started).hasValue(0);

    stream.subscribe(subscriber);
    subscriber.subscription().request(9);
    var other = new TestSubscriber<Object>();
    stream.subscribe(other);

    assertThat(subscriber.end()).containsExactly("next a", "next b", "next c", "complete");
    Schedulers.settle(scheduler);
    assertThat(other.signals).containsExactly("next a");
    assertThat(started).hasValue(2);
  }

  @Test
  void request_signalsSoMany_andDemandAddsUp() {
    stream(emitter -> count(emitter, 0, 100)).subscribe(subscriber);
    settle();
    assertThat(subscriber.signals).isEmpty();

    subscriber.subscription().request(1);
    settle();
    assertThat(subscriber.signals).containsExactly("next 0");

    subscriber.subscription().request(2);
    subscriber.subscription().request(1);
    settle();
    assertThat(subscriber.signals).containsExactly("next 0", "next 1", "next 2", "next 3");
  }

  @Test
  void demandAddsUpToWithoutLimit() {
    stream(emitter -> count(emitter, 0, 1_000)).subscribe(subscriber);

    subscriber.subscription().request(Long.MAX_VALUE - 1);
    subscriber.subscription().request(Long.MAX_VALUE);

    assertThat(subscriber.end()).hasSize(1_001).endsWith("next 999", "complete");
  }

  @Test
  void requestFromWithinOnNext_isStackSafe_andKeepsTheOrder() {
    var counting = new Counting(1);

    scheduler.stream(Integer.class, emitter -> count(emitter, 0, MANY)).subscribe(counting);

    Deadline.await(counting.ended);
    assertThat(counting.inOrder).hasValue(MANY);
  }

  /** Requests so many from within each onNext. */
  private static final class Counting extends TestSubscriber<Integer> {
    final AtomicInteger inOrder = new AtomicInteger();
    private final long more;

    Counting(long more) {
      this.more = more;
    }

    @Override
    public void onNext(Integer value) {
      inOrder.compareAndSet(value, value + 1);
      subscription().request(more);
    }
  }

  @Test
  void requestsFromOtherThreads_areAllHeard() {
    var quiet =
        new TestSubscriber<Integer>() {
          final AtomicInteger values = new AtomicInteger();

          @Override
          public void onNext(Integer value) {
            values.incrementAndGet();
          }
        };
    scheduler.stream(Integer.class, emitter -> count(emitter, 0, 20_001)).subscribe(quiet);

    List<Thread> requesting =
        IntStream.range(0, 4)
            .mapToObj(
                t ->
                    new Thread(
                        () -> {
                          for (int i = 0; i < 5_000; i++) {
                            quiet.subscription().request(1);
                          }
                        }))
            .toList();
    requesting.forEach(Thread::start);
    requesting.forEach(Deadline::join);

    Deadline.await(quiet.ended);
    assertThat(quiet.values).hasValue(20_001);
  }

  @Test
  void completion_needsNoDemand() {
    stream(emitter -> Task.value("ignored")).subscribe(subscriber);

    assertThat(subscriber.end()).containsExactly("complete");
  }

  @Test
  void failure_isSignalledAfterTheValues() {
    var failure = new IOException("disk full");
    stream(emitter -> emitter.emit("a").then(Task.error(failure))).subscribe(subscriber);

    subscriber.subscription().request(5);

    assertThat(subscriber.end()).containsExactly("next a", "error " + failure);
    assertThat(subscriber.error()).isSameAs(failure);
  }

  @Test
  void aBodyThatThrowsOrGivesNull_isAnError() {
    stream(
            emitter -> {
              throw new IOException("no body");
            })
        .subscribe(subscriber);
    assertThat(subscriber.error()).hasMessage("no body");

    TestSubscriber<Object> other = TestSubscriber.withoutDemand();
    stream(emitter -> null).subscribe(other);
    assertThat(other.error())
        .isInstanceOf(NullPointerException.class)
        .hasMessageContaining(StreamTest.class.getName());
  }

  @Test
  void emitOfNull_isRefusedByName() {
    stream(emitter -> emitter.emit(null)).subscribe(subscriber);

    assertThat(subscriber.error()).isInstanceOf(NullPointerException.class).hasMessage("value");
  }

  @Test
  void subscribeOfNull_isRefusedByName() {
    assertThatThrownBy(() -> stream(this::abc).subscribe(null))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("subscriber");
  }

  @Test
  void startsAfterOnSubscribeHasReturned() {
    var slow =
        new TestSubscriber<>() {
          @Override
          public void onSubscribe(Subscription given) {
            enter("subscribe");
            given.request(9);
            Schedulers.settle(scheduler);
            assertThat(started).hasValue(0);
            leave();
          }
        };

    stream(this::abc).subscribe(slow);

    assertThat(slow.end()).containsExactly("next a", "next b", "next c", "complete");
  }

  @Test
  void refusedAdmission_isAnErrorAfterOnSubscribe() {
    for (int i = 0; i < 10; i++) {
      var unused = scheduler.spawn(Task.never());
    }

    stream(this::abc).subscribe(subscriber);

    assertThat(subscriber.error()).isInstanceOf(AdmissionRefusedException.class);
    assertThat(subscriber.threads).allMatch(Thread.currentThread().getName()::equals);
    assertThat(started).hasValue(0);
  }

  @Test
  void refusedByAClosedScheduler_isAnError() {
    scheduler.close();

    stream(this::abc).subscribe(subscriber);

    assertThat(subscriber.error()).isInstanceOf(SchedulerClosedException.class);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, Long.MIN_VALUE})
  void anIllegalRequest_isAnError_andCancelsTheCallbackThread(long n) {
    stream(emitter -> emitter.emit("a").then(Task.never())).subscribe(subscriber);
    subscriber.subscription().request(1);
    settle();

    subscriber.subscription().request(n);
    subscriber.subscription().request(1);

    assertThat(subscriber.error())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("3.9");
    assertThat(subscriber.signals).hasSize(2);
    assertThat(scheduler.stats().cancelled()).isOne();
  }

  @Test
  void anIllegalRequestWithinOnSubscribe_startsNothing() {
    var hasty =
        new TestSubscriber<>() {
          @Override
          public void onSubscribe(Subscription given) {
            given.request(0);
          }
        };

    stream(this::abc).subscribe(hasty);

    assertThat(hasty.error()).isInstanceOf(IllegalArgumentException.class);
    settle();
    assertThat(started).hasValue(0);
  }

  @Test
  void anIllegalRequest_whileAnEmissionIsProtected_failsTheEmission() {
    stream(emitter -> emitter.emit("a").uncancellable()).subscribe(subscriber);
    settle();

    subscriber.subscription().request(-5);

    assertThat(subscriber.error()).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void cancel_endsTheCallbackThread_andNothingIsSignalled() {
    CountDownLatch finalized = new CountDownLatch(1);
    stream(emitter -> abc(emitter).doFinally(outcome -> finalized.countDown()))
        .subscribe(subscriber);
    subscriber.subscription().request(1);
    settle();

    subscriber.subscription().cancel();
    subscriber.subscription().cancel();
    subscriber.subscription().request(5);
    subscriber.subscription().request(-1);

    Deadline.await(finalized);
    Deadline.await(scheduler.shutdown(Deadline.LIMIT));
    assertThat(subscriber.signals).containsExactly("next a");
    assertThat(scheduler.stats().cancelled()).isOne();
  }

  @Test
  void cancelFromWithinOnNext_endsIt() {
    var once =
        new TestSubscriber<>() {
          @Override
          public void onNext(Object value) {
            super.onNext(value);
            subscription().cancel();
          }
        };

    stream(emitter -> count(emitter, 0, MANY)).subscribe(once);
    once.subscription().request(Long.MAX_VALUE);

    Deadline.await(scheduler.shutdown(Deadline.LIMIT));
    assertThat(once.signals).containsExactly("next 0");
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

    stream(this::abc).subscribe(hasty);
    settle();

    assertThat(started).hasValue(0);
    assertThat(hasty.signals).isEmpty();
  }

  @Test
  void anEmissionThatTimesOut_hasSignalledNothing() {
    CountDownLatch late = new CountDownLatch(1);
    stream(
            emitter ->
                emitter
                    .emit("late")
                    .timeout(Duration.ofSeconds(1))
                    .onErrorResume(
                        TaskTimeoutException.class,
                        e -> {
                          late.countDown();
                          return emitter.emit("after");
                        }))
        .subscribe(subscriber);
    Deadline.await(late);
    subscriber.subscription().request(5);

    assertThat(subscriber.end()).containsExactly("next after", "complete");
  }

  @Test
  void anEmissionProtectedFromCancellation_failsOnceTheSubscriberHasCancelled() {
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    CountDownLatch failed = new CountDownLatch(1);
    stream(
            emitter ->
                emitter
                    .emit("a")
                    .onErrorResume(
                        e -> {
                          failure.set(e);
                          failed.countDown();
                          return Task.done();
                        })
                    .uncancellable())
        .subscribe(subscriber);
    settle();

    subscriber.subscription().cancel();

    Deadline.await(failed);
    assertThat(failure.get())
        .isInstanceOf(CancellationException.class)
        .hasMessageContaining("subscriber");
    assertThat(subscriber.signals).isEmpty();
  }

  @Test
  void anotherCallbackThread_mayNotEmit() {
    CompletableFuture<Emitter<Object>> leaked = new CompletableFuture<>();
    stream(
            emitter -> {
              leaked.complete(emitter);
              return emitter.emit("own");
            })
        .subscribe(subscriber);

    CallbackThread<Void> other =
        scheduler.spawn(Deadline.get(leaked).emit("foreign").named("thief"));

    assertThat(Deadline.error(other))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("'thief'")
        .hasMessageContaining("Mailbox");
    subscriber.subscription().request(2);
    assertThat(subscriber.end()).containsExactly("next own", "complete");
  }

  @Test
  void emittingAfterTheEnd_fails() {
    CompletableFuture<Emitter<Object>> leaked = new CompletableFuture<>();
    stream(
            emitter -> {
              leaked.complete(emitter);
              return Task.done();
            })
        .subscribe(subscriber);
    assertThat(subscriber.end()).containsExactly("complete");

    CallbackThread<Void> late = scheduler.spawn(Deadline.get(leaked).emit("late"));

    assertThat(Deadline.error(late)).isInstanceOf(IllegalStateException.class);
    assertThat(subscriber.signals).containsExactly("complete");
  }

  @Test
  void theTaskOfAnEmission_isReusable() {
    stream(
            emitter -> {
              Task<Void> again = emitter.emit("again");
              return again.then(again);
            })
        .subscribe(subscriber);
    subscriber.subscription().request(2);

    assertThat(subscriber.end()).containsExactly("next again", "next again", "complete");
  }

  @Test
  void aSubscriberThatThrows_isLoggedAndCancelled() {
    var broken =
        new TestSubscriber<>() {
          @Override
          public void onNext(Object value) {
            signals.add("next " + value);
            throw new IllegalStateException("broken subscriber");
          }
        };
    CountDownLatch finalized = new CountDownLatch(1);
    AtomicReference<@Nullable Outcome<?>> outcome = new AtomicReference<>();
    stream(
            emitter ->
                abc(emitter)
                    .doFinally(
                        ended -> {
                          outcome.set(ended);
                          finalized.countDown();
                        }))
        .subscribe(broken);
    broken.subscription().request(5);

    Deadline.await(finalized);
    Deadline.await(scheduler.shutdown(Deadline.LIMIT));
    assertThat(broken.signals).containsExactly("next a");
    assertThat(outcome.get()).isInstanceOf(Outcome.Cancelled.class);
    assertThat(schedulers.log().takeError("onNext").error()).hasMessage("broken subscriber");
  }

  @Test
  void cancelledByOthers_isACancellationError() {
    CompletableFuture<CallbackThread<?>> emitting = new CompletableFuture<>();
    stream(
            emitter -> {
              emitting.complete(CallbackThread.current().orElseThrow());
              return emitter.emit("a");
            })
        .subscribe(subscriber);

    assertThat(Deadline.get(emitting).cancel()).isTrue();

    assertThat(subscriber.error()).isInstanceOf(CancellationException.class);
  }

  @Test
  void aDump_namesTheSubscriberThatIsWaitedFor() {
    stream(emitter -> emitter.emit("a").named("report")).subscribe(subscriber);
    settle();

    assertThat(scheduler.inspect().dump())
        .contains("demand of subscriber " + TestSubscriber.class.getName());
  }

  @Test
  void finalizersRunBeforeTheEndIsSignalled() {
    stream(emitter -> emitter.emit("a").doFinally(outcome -> subscriber.signals.add("finalized")))
        .subscribe(subscriber);
    subscriber.subscription().request(1);

    assertThat(subscriber.end()).containsExactly("next a", "finalized", "complete");
  }
}
