/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.LoopScheduler;
import dev.picot.ManualLoops;
import dev.picot.Task;
import dev.picot.loop.LoopThread;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;
import reactor.util.context.Context;

/** Coming home with many values: {@link CallbackFlux#home}. */
class CallbackFluxHomeTest {
  @RegisterExtension private final Loops loops = new Loops();

  private final LoopScheduler scheduler = loops.make("home", builder -> builder.loops(1));

  private static String here() {
    return Thread.currentThread().getName();
  }

  /** A subscriber that lives on the loop, and what it got. */
  private static class Seen extends BaseSubscriber<Integer> {
    final List<Integer> values = new CopyOnWriteArrayList<>();
    final List<String> threads = new CopyOnWriteArrayList<>();
    final AtomicReference<Throwable> error = new AtomicReference<>();
    final CountDownLatch ended = new CountDownLatch(1);
    private final long demand;

    Seen(long demand) {
      this.demand = demand;
    }

    @Override
    protected void hookOnSubscribe(Subscription subscription) {
      if (demand > 0) {
        request(demand);
      }
    }

    @Override
    protected void hookOnNext(Integer value) {
      values.add(value);
      threads.add(here());
    }

    @Override
    protected void hookOnError(Throwable reason) {
      error.set(reason);
      ended.countDown();
    }

    @Override
    protected void hookOnComplete() {
      ended.countDown();
    }
  }

  /** Subscribes in a step, which is over when this returns. */
  private Seen subscribed(Flux<Integer> source, Seen seen) throws Exception {
    scheduler
        .spawn(Task.run(() -> CallbackFlux.home(source).subscribe(seen)))
        .block(Loops.PATIENCE);
    return seen;
  }

  private Seen subscribed(Flux<Integer> source) throws Exception {
    return subscribed(source, new Seen(Long.MAX_VALUE));
  }

  @Test
  void signalsArriveOnTheLoopThatSubscribed_inOrder() throws Exception {
    Seen seen = subscribed(Flux.range(0, 10_000).publishOn(Schedulers.parallel()));

    Loops.await(seen.ended);
    assertThat(seen.values).hasSize(10_000).isSorted();
    assertThat(seen.threads).containsOnly("home-1");
  }

  @Test
  void aBurstComesHomeWithOnePost() {
    try (ManualLoops manual = LoopScheduler.builder("manual").manualInVirtualTime()) {
      Sinks.Many<Integer> source = Sinks.many().unicast().onBackpressureBuffer();
      Seen seen = new Seen(Long.MAX_VALUE);
      manual.scheduler().spawn(Task.run(() -> CallbackFlux.home(source.asFlux()).subscribe(seen)));
      manual.run();
      long before = slices(manual.scheduler());

      for (int i = 0; i < 200; i++) {
        source.tryEmitNext(i);
      }
      source.tryEmitComplete();
      manual.runUntilIdle();

      assertThat(seen.values).hasSize(200).isSorted();
      assertThat(seen.ended.getCount()).isZero();
      assertThat(slices(manual.scheduler()) - before).isOne();
    }
  }

  private static long slices(LoopScheduler of) {
    return of.stats().perLoop().stream().mapToLong(loop -> loop.slices()).sum();
  }

  @Test
  void manyValuesLeaveTheLoopToOthers() throws Exception {
    Sinks.Many<Integer> source = Sinks.many().unicast().onBackpressureBuffer();
    AtomicReference<Object> afterFirst = new AtomicReference<>();
    Seen seen =
        new Seen(Long.MAX_VALUE) {
          @Override
          protected void hookOnNext(Integer value) {
            if (value == 0) {
              scheduler.executor().execute(() -> afterFirst.set(values.size()));
            }
            super.hookOnNext(value);
          }
        };
    subscribed(source.asFlux(), seen);
    CountDownLatch gate = new CountDownLatch(1);
    scheduler.executor().execute(() -> Blockers.pass(gate));

    for (int i = 0; i < 10_000; i++) {
      source.tryEmitNext(i);
    }
    source.tryEmitComplete();
    gate.countDown();

    Loops.await(seen.ended);
    assertThat(seen.values).hasSize(10_000).isSorted();
    assertThat((Integer) afterFirst.get()).isLessThan(10_000);
  }

  @Test
  void requestsWhatItHasRoomFor_andMoreWhenThatHasComeHome() throws Exception {
    List<Long> requests = new CopyOnWriteArrayList<>();
    Flux<Integer> source =
        Flux.range(0, 1_000).doOnRequest(requests::add).publishOn(Schedulers.parallel(), 1_000);
    List<Long> fromHome = new CopyOnWriteArrayList<>();
    Seen seen = subscribed(source.doOnRequest(fromHome::add));

    Loops.await(seen.ended);
    assertThat(fromHome).startsWith(256L, 192L).containsOnly(256L, 192L);
  }

  @Test
  void signalsNoMoreThanIsRequested() throws Exception {
    Seen seen = subscribed(Flux.range(0, 10).publishOn(Schedulers.parallel()), new Seen(2));
    Loops.await(() -> seen.values.size() == 2);

    seen.request(3);

    Loops.await(() -> seen.values.size() == 5);
    assertThat(seen.values).containsExactly(0, 1, 2, 3, 4);
    seen.cancel();
  }

  @Test
  void anErrorComesAfterTheValuesBeforeIt() throws Exception {
    Flux<Integer> source =
        Flux.range(0, 100)
            .concatWith(Flux.error(new IllegalStateException("why")))
            .publishOn(Schedulers.parallel());

    Seen seen = subscribed(source);

    Loops.await(seen.ended);
    assertThat(seen.values).hasSize(100);
    assertThat(seen.error.get()).hasMessage("why");
  }

  @Test
  void emptyStaysEmpty() throws Exception {
    Seen seen = subscribed(Flux.<Integer>empty().publishOn(Schedulers.parallel()), new Seen(0));

    Loops.await(seen.ended);
    assertThat(seen.values).isEmpty();
  }

  @Test
  void whatIsSignalledWithinTheStepIsPassedOnAtOnce() throws Exception {
    AtomicBoolean atOnce = new AtomicBoolean();
    Seen seen = new Seen(Long.MAX_VALUE);

    scheduler
        .spawn(
            Task.run(
                () -> {
                  CallbackFlux.home(Flux.range(0, 1_000)).subscribe(seen);
                  atOnce.set(seen.values.size() == 1_000 && seen.ended.getCount() == 0);
                }))
        .block(Loops.PATIENCE);

    assertThat(atOnce).isTrue();
  }

  @Test
  void aBurstWithinTheStepLeavesTheLoopToOthers() throws Exception {
    TestPublisher<Integer> source = TestPublisher.create();
    AtomicReference<Integer> before = new AtomicReference<>();
    Seen seen =
        new Seen(0) {
          @Override
          protected void hookOnNext(Integer value) {
            super.hookOnNext(value);
            if (value < 9_999) {
              source.next(value + 1);
            } else {
              source.complete();
            }
          }
        };

    scheduler
        .spawn(
            Task.run(
                () -> {
                  scheduler.executor().execute(() -> before.set(seen.values.size()));
                  CallbackFlux.home(source.flux()).subscribe(seen);
                  source.next(0);
                  seen.request(Long.MAX_VALUE);
                }))
        .block(Loops.PATIENCE);

    Loops.await(seen.ended);
    assertThat(seen.values).hasSize(10_000).isSorted();
    assertThat(seen.threads).containsOnly("home-1");
    assertThat(before.get()).isLessThan(10_000);
  }

  @Test
  void aSubscriberThatThrows_leavesNothingBehind() throws Exception {
    TestPublisher<Integer> source =
        TestPublisher.createNoncompliant(TestPublisher.Violation.CLEANUP_ON_TERMINATE);
    List<Object> discarded = new CopyOnWriteArrayList<>();
    CoreSubscriber<Integer> broken =
        new CoreSubscriber<>() {
          @Override
          public Context currentContext() {
            return Operators.enableOnDiscard(Context.empty(), discarded::add);
          }

          @Override
          public void onSubscribe(Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
          }

          @Override
          public void onNext(Integer value) {
            throw new IllegalStateException("on purpose");
          }

          @Override
          public void onError(Throwable error) {}

          @Override
          public void onComplete() {}
        };
    scheduler
        .spawn(Task.run(() -> CallbackFlux.home(source.flux()).subscribe(broken)))
        .block(Loops.PATIENCE);
    CountDownLatch gate = new CountDownLatch(1);
    scheduler.executor().execute(() -> Blockers.pass(gate));

    source.next(1, 2);
    gate.countDown();

    Loops.await(() -> discarded.equals(List.of(2)));
    source.assertCancelled();
    source.next(3);
    assertThat(discarded).containsExactly(2, 3);
  }

  @Test
  void offALoopItFailsAndSaysWhatToUse() {
    StepVerifier.create(CallbackFlux.home(Flux.just(1)))
        .expectErrorSatisfies(
            error ->
                assertThat(error)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("'" + here() + "', which is not a loop")
                    .hasMessageContaining("flux.publishOn(CallbackSchedulers.of(scheduler))"))
        .verify(Loops.PATIENCE);
  }

  @Test
  void cancel_stopsTheSource_andDiscardsWhatWaits() throws Exception {
    TestPublisher<Integer> source = TestPublisher.create();
    List<Object> discarded = new CopyOnWriteArrayList<>();
    Seen seen = new Seen(0);
    Function<Flux<Integer>, Flux<Integer>> hooked =
        flux -> flux.doOnDiscard(Integer.class, discarded::add);
    scheduler
        .spawn(Task.run(() -> hooked.apply(CallbackFlux.home(source.flux())).subscribe(seen)))
        .block(Loops.PATIENCE);
    source.next(1, 2);

    seen.cancel();

    source.assertCancelled();
    Loops.await(() -> discarded.size() == 2); // by the slice, if it has just begun
    assertThat(discarded).containsExactly(1, 2);
    assertThat(seen.values).isEmpty();
  }

  @Test
  void whatComesAfterCancelIsDiscarded() throws Exception {
    TestPublisher<Integer> source =
        TestPublisher.createNoncompliant(TestPublisher.Violation.CLEANUP_ON_TERMINATE);
    List<Object> discarded = new CopyOnWriteArrayList<>();
    List<Throwable> dropped = new CopyOnWriteArrayList<>();
    Seen seen = new Seen(Long.MAX_VALUE);
    scheduler
        .spawn(
            Task.run(
                () ->
                    CallbackFlux.home(source.flux())
                        .doOnDiscard(Integer.class, discarded::add)
                        .contextWrite(LateResultsTest.droppingTo(dropped))
                        .subscribe(seen)))
        .block(Loops.PATIENCE);
    seen.cancel();

    source.next(1);
    source.error(new IllegalStateException("late"));

    assertThat(seen.values).isEmpty();
    assertThat(discarded).containsExactly(1);
    assertThat(dropped).extracting(Throwable::getMessage).containsExactly("late");
  }

  @Test
  void aSourceThatIgnoresDemandFails() throws Exception {
    TestPublisher<Integer> source =
        TestPublisher.createNoncompliant(TestPublisher.Violation.REQUEST_OVERFLOW);
    List<Object> discarded = new CopyOnWriteArrayList<>();
    Seen seen = new Seen(0);
    scheduler
        .spawn(
            Task.run(
                () ->
                    CallbackFlux.home(source.flux())
                        .doOnDiscard(Integer.class, discarded::add)
                        .subscribe(seen)))
        .block(Loops.PATIENCE);

    for (int i = 0; i < 1_000; i++) {
      source.next(i);
    }
    seen.request(Long.MAX_VALUE);

    Loops.await(seen.ended);
    assertThat(seen.error.get()).hasMessageContaining("Queue is full");
    assertThat(discarded).containsExactly(seen.values.size());
  }

  @Test
  void failsWhenThereIsNoHomeLeft() throws Exception {
    TestPublisher<Integer> source = TestPublisher.create();
    Seen seen = subscribed(source.flux());
    scheduler.close();

    source.next(1);

    assertThat(seen.error.get())
        .isInstanceOf(RejectedExecutionException.class)
        .hasMessageContaining("ended before a result came home");
    source.assertCancelled();
  }

  @Test
  void aSubscriberThatGetsStuckHoldsUpItself_andTheRestComesHomeInOrder() throws Exception {
    LoopScheduler one =
        loops.make(
            "one",
            builder -> builder.loops(1).watchdog(w -> w.takeoverAfter(Duration.ofMillis(100))));
    CountDownLatch stuck = new CountDownLatch(1);
    CountDownLatch gate = new CountDownLatch(1);
    List<Integer> values = new ArrayList<>();
    List<String> threads = new CopyOnWriteArrayList<>();
    CountDownLatch ended = new CountDownLatch(1);
    Sinks.Many<Integer> source = Sinks.many().unicast().onBackpressureBuffer();
    one.spawn(
            Task.run(
                () ->
                    CallbackFlux.home(source.asFlux())
                        .doOnComplete(ended::countDown)
                        .subscribe(
                            value -> {
                              if (value == 0) {
                                stuck.countDown();
                                Blockers.pass(gate);
                              }
                              values.add(value);
                              threads.add(here());
                            })))
        .block(Loops.PATIENCE);
    for (int i = 0; i < 100; i++) {
      source.tryEmitNext(i);
    }
    Loops.await(stuck);
    Loops.awaitDetached(one);

    assertThat(one.spawn(Task.value("others go on")).block(Loops.PATIENCE)).isNotNull();
    gate.countDown();
    source.tryEmitComplete();

    Loops.await(ended);
    assertThat(values).hasSize(100).isSorted();
    assertThat(threads.subList(1, 100)).allMatch(owner -> owner.startsWith("one-1."));
  }

  @Test
  void neverMissesASignalHoweverTheRaceGoes() throws Exception {
    for (int round = 0; round < 2_000; round++) {
      Sinks.Many<Integer> source = Sinks.many().unicast().onBackpressureBuffer();
      Seen seen = subscribed(source.asFlux());

      source.tryEmitNext(1);
      source.tryEmitNext(2);
      source.tryEmitComplete();

      Loops.await(seen.ended);
      assertThat(seen.values).containsExactly(1, 2);
    }
  }

  @Test
  void whoHasComeHome_isNotKeptByTheNextOnes() throws Exception {
    List<WeakReference<Object>> past = new CopyOnWriteArrayList<>();
    Flux<Integer> remote = Flux.just(1).publishOn(Schedulers.parallel());
    Flux<Integer> once =
        CallbackFlux.home(remote)
            .doOnNext(value -> past.add(new WeakReference<>(LoopThread.currentTask())));
    AtomicReference<Disposable> last = new AtomicReference<>();
    scheduler
        .spawn(
            Task.run(
                () ->
                    last.set(
                        once.repeat(2).then(CallbackFlux.home(Flux.never()).then()).subscribe())))
        .block(Loops.PATIENCE);
    Loops.await(() -> past.size() == 3);

    Loops.awaitCollected(past.subList(0, 2));

    last.get().dispose();
  }
}
