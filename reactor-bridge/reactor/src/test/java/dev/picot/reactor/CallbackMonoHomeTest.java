/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.LoopScheduler;
import dev.picot.Task;
import dev.picot.loop.LoopThread;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;

/** Coming home: {@link CallbackMono#home} and {@link CallbackMono#blocking}. */
class CallbackMonoHomeTest {
  @RegisterExtension private final Loops loops = new Loops();

  private final LoopScheduler scheduler = loops.make("home", builder -> builder.loops(3));

  private static String here() {
    return Thread.currentThread().getName();
  }

  /** Subscribes in a step, and waits. */
  private <T> T inStep(Mono<T> mono) throws Exception {
    return scheduler.spawn(Task.await(Mono.defer(() -> mono))).block(Loops.PATIENCE);
  }

  @Test
  void signalsArriveOnTheLoopThatSubscribed() throws Exception {
    AtomicReference<String> home = new AtomicReference<>();
    Mono<String> mono =
        Mono.defer(
            () -> {
              home.set(here());
              return CallbackMono.home(Mono.delay(Duration.ofMillis(1))).map(tick -> here());
            });

    for (int i = 0; i < 20; i++) {
      assertThat(inStep(mono)).isEqualTo(home.get()).startsWith("home-");
    }
  }

  @Test
  void errorsArriveOnTheLoopThatSubscribed() throws Exception {
    AtomicReference<String> home = new AtomicReference<>();
    Mono<String> failing = Mono.delay(Duration.ofMillis(1)).map(tick -> "" + 1 / (int) (tick * 0));
    Mono<String> mono =
        Mono.defer(
            () -> {
              home.set(here());
              return CallbackMono.home(failing).onErrorResume(error -> Mono.just(here()));
            });

    assertThat(inStep(mono)).isEqualTo(home.get());
  }

  @Test
  void emptyStaysEmpty() throws Exception {
    Mono<Boolean> mono = CallbackMono.home(Mono.delay(Duration.ofMillis(1)).then()).hasElement();

    assertThat(inStep(mono)).isFalse();
  }

  @Test
  void whatIsSignalledWithinTheStepIsPassedOnAtOnce() throws Exception {
    AtomicBoolean subscribed = new AtomicBoolean();
    Mono<Boolean> mono =
        Mono.<Boolean>create(
            sink -> {
              CallbackMono.home(Mono.just("now")).subscribe(value -> subscribed.set(true));
              sink.success(subscribed.get());
            });

    assertThat(inStep(mono)).isTrue();
  }

  @Test
  void waitsForTheCompletionAfterTheValue() throws Exception {
    TestPublisher<String> source = TestPublisher.create();
    List<String> seen = new CopyOnWriteArrayList<>();
    CountDownLatch subscribed = new CountDownLatch(1);
    CountDownLatch done = new CountDownLatch(1);
    scheduler.spawn(
        Task.run(
            () -> {
              CallbackMono.home(Mono.fromDirect(source.flux()))
                  .subscribe(seen::add, error -> {}, done::countDown);
              subscribed.countDown();
            }));
    Loops.await(subscribed);

    source.next("value");
    assertThat(seen).isEmpty();
    source.complete();

    Loops.await(done);
    assertThat(seen).containsExactly("value");
    source.assertNotCancelled();
  }

  @Test
  void offALoopItFailsAndSaysWhatToUse() {
    StepVerifier.create(CallbackMono.home(Mono.just(1)))
        .expectErrorSatisfies(
            error ->
                assertThat(error)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("'" + here() + "', which is not a loop")
                    .hasMessageContaining("publishOn(CallbackSchedulers.of(scheduler))"))
        .verify(Loops.PATIENCE);
  }

  @Test
  void cancelsTheSourceAndSignalsNothing() throws Exception {
    TestPublisher<String> source = TestPublisher.create();
    AtomicReference<Disposable> subscription = new AtomicReference<>();
    AtomicBoolean signalled = new AtomicBoolean();
    CountDownLatch subscribed = new CountDownLatch(1);
    scheduler.spawn(
        Task.run(
            () -> {
              subscription.set(
                  CallbackMono.home(source.mono())
                      .doOnTerminate(() -> signalled.set(true))
                      .subscribe());
              subscribed.countDown();
            }));
    Loops.await(subscribed);

    subscription.get().dispose();

    source.assertCancelled();
    assertThat(signalled).isFalse();
  }

  @Test
  void failsWhenThereIsNoHomeLeft() throws Exception {
    Sinks.One<String> source = Sinks.one();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    CountDownLatch subscribed = new CountDownLatch(1);
    scheduler.spawn(
        Task.run(
            () -> {
              CallbackMono.home(source.asMono()).subscribe(value -> {}, failure::set);
              subscribed.countDown();
            }));
    Loops.await(subscribed);
    scheduler.close();

    source.tryEmitValue("too late");

    assertThat(failure.get())
        .isInstanceOf(java.util.concurrent.RejectedExecutionException.class)
        .hasMessageContaining("ended before a result came home");
  }

  @Test
  void keepsTheContextOfTheSubscriber() throws Exception {
    Mono<String> mono =
        CallbackMono.home(
                Mono.deferContextual(view -> Mono.just(view.<String>get("key")))
                    .publishOn(Schedulers.parallel()))
            .contextWrite(context -> context.put("key", "value"));

    assertThat(inStep(mono)).isEqualTo("value");
  }

  @Test
  void blockingRunsOnTheElasticPoolAndComesHome() throws Exception {
    AtomicReference<String> home = new AtomicReference<>();
    AtomicReference<String> worked = new AtomicReference<>();
    Mono<String> mono =
        Mono.defer(
            () -> {
              home.set(here());
              return CallbackMono.blocking(
                      () -> {
                        worked.set(here());
                        return LoopScheduler.current().isPresent();
                      })
                  .map(onLoop -> onLoop + " " + here());
            });

    assertThat(inStep(mono)).isEqualTo("false " + home.get());
    assertThat(worked.get()).startsWith("home-elastic-");
  }

  @Test
  void blockingMayFollowBlocking() throws Exception {
    Mono<Integer> mono =
        CallbackMono.blocking(() -> 20)
            .flatMap(value -> CallbackMono.blocking(() -> value + 1))
            .flatMap(value -> CallbackMono.blocking(() -> 2 * value));

    assertThat(inStep(mono)).isEqualTo(42);
  }

  @Test
  void blockingWithASchedulerWorksAnywhere() {
    StepVerifier.create(CallbackMono.blocking(scheduler, () -> here()))
        .assertNext(name -> assertThat(name).startsWith("home-elastic-"))
        .expectComplete()
        .verify(Loops.PATIENCE);
  }

  @Test
  void blockingThatGivesNullIsEmpty() {
    StepVerifier.create(CallbackMono.blocking(scheduler, () -> null))
        .expectComplete()
        .verify(Loops.PATIENCE);
  }

  @Test
  void blockingOffALoopAsksForAScheduler() {
    StepVerifier.create(CallbackMono.blocking(() -> 1))
        .expectErrorSatisfies(
            error ->
                assertThat(error)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("Name a scheduler"))
        .verify(Loops.PATIENCE);
  }

  @Test
  void blockingFailsAsTheCallDoes() {
    StepVerifier.create(
            CallbackMono.blocking(
                scheduler,
                () -> {
                  throw new java.io.IOException("disk");
                }))
        .expectErrorMessage("disk")
        .verify(Loops.PATIENCE);
  }

  @Test
  void whoHasComeHome_isNotKeptByTheNextOnes() throws Exception {
    List<WeakReference<Object>> past = new CopyOnWriteArrayList<>();
    Mono<Integer> remote = Mono.fromCallable(() -> 1).subscribeOn(Schedulers.parallel());
    Mono<Integer> once =
        CallbackMono.home(remote)
            .doOnNext(value -> past.add(new WeakReference<>(LoopThread.currentTask())));
    AtomicReference<Disposable> last = new AtomicReference<>();
    scheduler
        .spawn(
            Task.run(
                () -> last.set(once.repeat(2).then(CallbackMono.home(Mono.never())).subscribe())))
        .block(Loops.PATIENCE);
    Loops.await(() -> past.size() == 3);

    Loops.awaitCollected(past.subList(0, 2));

    last.get().dispose();
  }
}
