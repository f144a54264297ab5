/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.LoopScheduler;
import dev.picot.LoopStalledException;
import dev.picot.ManualLoops;
import dev.picot.Task;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.test.publisher.TestPublisher;
import reactor.util.context.Context;

/**
 * What comes too late goes to the hooks of the subscriber's Context: values to discard, errors to
 * drop.
 */
class LateResultsTest {
  @RegisterExtension private final Loops loops = new Loops();
  @RegisterExtension private final LogCapture log = new LogCapture();

  private final ManualLoops manual = LoopScheduler.builder("late").manualInVirtualTime();
  private final LoopScheduler scheduler = manual.scheduler();

  private final List<Object> discarded = new CopyOnWriteArrayList<>();
  private final List<Throwable> dropped = new CopyOnWriteArrayList<>();

  /** A thing that has to be given back. */
  private record Thing(int number) {}

  /** The local hook that {@code Operators.onErrorDropped} looks for. */
  static Context droppingTo(List<Throwable> dropped) {
    Consumer<Throwable> hook = dropped::add;
    return Context.of("reactor.onErrorDropped.local", hook);
  }

  @AfterEach
  void close() {
    manual.close();
  }

  private <T> Disposable subscribe(LoopScheduler to, Task<T> task) {
    return hooked(CallbackMono.of(to, task).flux()).subscribe(value -> {}, error -> {});
  }

  private <T> Flux<T> hooked(Flux<T> flux) {
    return flux.doOnDiscard(Thing.class, discarded::add).contextWrite(droppingTo(dropped));
  }

  /** A source that signals after it was cancelled. */
  private static TestPublisher<Thing> late() {
    return TestPublisher.createNoncompliant(
        TestPublisher.Violation.CLEANUP_ON_TERMINATE, TestPublisher.Violation.REQUEST_OVERFLOW);
  }

  private static IllegalStateException why() {
    return new IllegalStateException("why");
  }

  private void assertDroppedWhy() {
    assertThat(dropped).extracting(Throwable::getMessage).containsExactly("why");
    assertThat(discarded).isEmpty();
  }

  private void assertDiscarded(int... numbers) {
    assertThat(discarded)
        .containsExactlyElementsOf(java.util.Arrays.stream(numbers).mapToObj(Thing::new).toList());
    assertThat(dropped).isEmpty();
  }

  // The outcome

  @Test
  void aValueAfterCancel_isDiscarded() {
    Disposable subscription =
        subscribe(
            scheduler, Task.sleep(Duration.ofSeconds(1)).map(d -> new Thing(1)).uncancellable());
    manual.runUntilIdle();

    subscription.dispose();
    manual.run();

    assertDiscarded(1);
  }

  @Test
  void anErrorAfterCancel_isDropped() {
    Task<Void> failing = Task.sleep(Duration.ofSeconds(1)).then(Task.<Void>error(why()));
    Disposable subscription = subscribe(scheduler, failing.uncancellable());
    manual.runUntilIdle();

    subscription.dispose();
    manual.run();

    assertDroppedWhy();
  }

  @Test
  void aValueThatNobodyHasRequested_isDiscardedByCancel() {
    BaseSubscriber<Thing> noDemand =
        new BaseSubscriber<>() {
          @Override
          protected void hookOnSubscribe(org.reactivestreams.Subscription subscription) {}
        };
    hooked(CallbackMono.of(scheduler, Task.call(() -> new Thing(1))).flux()).subscribe(noDemand);
    manual.run();

    noDemand.cancel();
    manual.runUntilIdle();

    assertDiscarded(1);
  }

  @Test
  void cancelAlone_dropsNothing() {
    Disposable subscription = subscribe(scheduler, Task.never());
    manual.runUntilIdle();

    subscription.dispose();
    manual.run();

    assertThat(discarded).isEmpty();
    assertThat(dropped).isEmpty();
  }

  @Test
  void aValueThatIsTaken_isNotDiscarded() {
    subscribe(scheduler, Task.call(() -> new Thing(1)).map(thing -> thing));
    subscribe(scheduler, Task.await(Mono.fromSupplier(() -> new Thing(2))));
    manual.run();

    assertThat(discarded).isEmpty();
  }

  @Test
  void aHookThatThrows_isLogged() {
    Disposable subscription =
        CallbackMono.of(
                scheduler,
                Task.sleep(Duration.ofSeconds(1)).then(Task.error(why())).uncancellable())
            .contextWrite(
                Context.of(
                    "reactor.onErrorDropped.local",
                    (Consumer<Throwable>)
                        error -> {
                          throw new IllegalArgumentException("broken hook");
                        }))
            .subscribe();
    manual.runUntilIdle();

    subscription.dispose();
    manual.run();

    log.await("the hook for dropped errors");
  }

  @Test
  void withoutALocalHook_theGlobalOneGetsIt() {
    Hooks.onErrorDropped(dropped::add);
    try {
      Disposable subscription =
          CallbackMono.of(
                  scheduler,
                  Task.sleep(Duration.ofSeconds(1)).then(Task.error(why())).uncancellable())
              .subscribe();
      manual.runUntilIdle();

      subscription.dispose();
      manual.run();

      assertDroppedWhy();
    } finally {
      Hooks.resetOnErrorDropped();
    }
  }

  // Steps

  @Test
  void whatAStepGivesAfterCancel_isDiscarded() {
    AtomicReference<Disposable> subscription = new AtomicReference<>();
    Task<Thing> task =
        Task.call(
                () -> {
                  subscription.get().dispose();
                  return new Thing(1);
                })
            .map(thing -> thing);
    subscription.set(subscribe(scheduler, task));

    manual.run();

    assertDiscarded(1);
  }

  @Test
  void whatAStepThrowsAfterCancel_isDropped() {
    AtomicReference<Disposable> subscription = new AtomicReference<>();
    Task<Void> task =
        Task.run(
            () -> {
              subscription.get().dispose();
              throw why();
            });
    subscription.set(subscribe(scheduler, task));

    manual.run();

    assertDroppedWhy();
  }

  @Test
  void whatABlockingCallGivesAfterCancel_isDiscarded() throws Exception {
    LoopScheduler real = loops.make("real");
    CountDownLatch calling = new CountDownLatch(1);
    CountDownLatch gate = new CountDownLatch(1);
    Disposable subscription =
        hooked(
                CallbackMono.blocking(
                        real,
                        () -> {
                          calling.countDown();
                          Blockers.pass(gate);
                          return new Thing(1);
                        })
                    .flux())
            .subscribe();
    Loops.await(calling);

    subscription.dispose();
    Loops.await(() -> real.stats().cancelled() == 1);
    gate.countDown();

    Loops.await(() -> !discarded.isEmpty());
    assertDiscarded(1);
  }

  @Test
  void whatABlockingCallThrowsAfterCancel_isDropped() throws Exception {
    LoopScheduler real = loops.make("real");
    CountDownLatch calling = new CountDownLatch(1);
    CountDownLatch gate = new CountDownLatch(1);
    Disposable subscription =
        subscribe(
            real,
            Task.blockingRun(
                () -> {
                  calling.countDown();
                  Blockers.pass(gate);
                  throw why();
                }));
    Loops.await(calling);

    subscription.dispose();
    Loops.await(() -> real.stats().cancelled() == 1);
    gate.countDown();

    Loops.await(() -> !dropped.isEmpty());
    assertDroppedWhy();
  }

  // After a failed stall

  private LoopScheduler impatient() {
    return loops.make(
        "impatient",
        builder ->
            builder
                .loops(1)
                .watchdog(
                    w ->
                        w.takeoverAfter(Duration.ofMillis(100)).failAfter(Duration.ofMillis(200))));
  }

  private void failStall(Task<Thing> stuck, CountDownLatch gate) throws Exception {
    CountDownLatch told = new CountDownLatch(1);
    AtomicReference<Throwable> error = new AtomicReference<>();
    hooked(CallbackMono.of(impatient(), stuck).flux())
        .subscribe(
            value -> {},
            reason -> {
              error.set(reason);
              told.countDown();
            });
    Loops.await(told);
    assertThat(error.get()).isInstanceOf(LoopStalledException.class);

    gate.countDown();
    Loops.await(() -> !discarded.isEmpty() || !dropped.isEmpty());
  }

  @Test
  void theOutcomeOfAFailedStall_isDiscarded() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);

    failStall(
        Task.call(
            () -> {
              Blockers.pass(gate);
              return new Thing(1);
            }),
        gate);

    assertDiscarded(1);
  }

  @Test
  void whatTheStuckStepGives_isDiscarded() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    Task<Thing> stuck =
        Task.call(
            () -> {
              Blockers.pass(gate);
              return new Thing(1);
            });

    failStall(stuck.map(thing -> thing).map(thing -> thing), gate);

    assertDiscarded(1);
  }

  @Test
  void whatTheStuckStepThrows_isDropped() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);

    failStall(
        Task.call(
            () -> {
              Blockers.pass(gate);
              throw why();
            }),
        gate);

    assertDroppedWhy();
  }

  @Test
  void whatTheStuckStepHasAwaited_isDiscarded() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    Mono<Thing> stuck =
        Mono.fromSupplier(
            () -> {
              Blockers.pass(gate);
              return new Thing(1);
            });

    failStall(Task.await(stuck), gate);

    assertDiscarded(1);
  }

  // What is awaited

  @Test
  void aValueThatIsAwaited_afterCancel_isDiscarded() {
    TestPublisher<Thing> source = late();
    Disposable subscription = subscribe(scheduler, Task.await(source.flux()));
    manual.runUntilIdle();
    subscription.dispose();
    manual.run();

    source.next(new Thing(1));

    assertDiscarded(1);
  }

  @Test
  void anErrorThatIsAwaited_afterCancel_isDropped() {
    TestPublisher<Thing> source = late();
    Disposable subscription = subscribe(scheduler, Task.await(source.flux()));
    manual.runUntilIdle();
    subscription.dispose();
    manual.run();

    source.error(why());

    assertDroppedWhy();
  }

  @Test
  void aValueThatIsAwaited_afterATimeout_isDiscarded() {
    TestPublisher<Thing> source = late();
    subscribe(scheduler, Task.await(source.flux()).timeout(Duration.ofSeconds(1)));
    manual.run();

    source.next(new Thing(1));

    assertDiscarded(1);
  }

  @Test
  void aValueThatWaitsForTheCompletion_isDiscardedByCancel() {
    TestPublisher<Thing> source = TestPublisher.create();
    Disposable subscription = subscribe(scheduler, Task.await(source.flux()));
    manual.runUntilIdle();
    source.next(new Thing(1));

    subscription.dispose();
    manual.run();

    assertDiscarded(1);
  }

  @Test
  void aValueThatWaitsForTheCompletion_isDiscardedByAnError() {
    TestPublisher<Thing> source = TestPublisher.create();
    subscribe(scheduler, Task.await(source.flux()));
    manual.runUntilIdle();

    source.next(new Thing(1));
    source.error(why());
    manual.run();

    assertDiscarded(1);
  }

  @Test
  void aValueThatIsThere_isDiscardedByACancelBeforeTheNextStep() {
    TestPublisher<Thing> source = TestPublisher.create();
    Disposable one = subscribe(scheduler, Task.await(source.flux()).map(thing -> thing));
    TestPublisher<Thing> other = TestPublisher.create();
    Disposable two = subscribe(scheduler, Task.awaitOptional(other.flux()).map(thing -> thing));
    manual.runUntilIdle();

    source.next(new Thing(1)).complete();
    other.next(new Thing(2)).complete();
    one.dispose();
    two.dispose();
    manual.run();

    assertDiscarded(1, 2);
  }

  @Test
  void aSecondValue_andTheFirst_areDiscarded() {
    TestPublisher<Thing> source = late();
    subscribe(scheduler, Task.await(source.flux()));
    manual.runUntilIdle();

    source.next(new Thing(1), new Thing(2), new Thing(3));
    manual.run();

    assertDiscarded(1, 2, 3);
  }

  @Test
  void whatComesAfterTheFirst_isDiscarded() {
    TestPublisher<Thing> source = late();
    subscribe(scheduler, Task.awaitFirst(source.flux()));
    manual.runUntilIdle();

    source.next(new Thing(1), new Thing(2));
    source.error(why());
    manual.run();

    assertThat(discarded).containsExactly(new Thing(2));
    assertThat(dropped).extracting(Throwable::getMessage).containsExactly("why");
  }

  @Test
  void valuesThatNobodyLooksAt_areDiscarded() {
    subscribe(scheduler, Task.awaitDone(Flux.range(1, 2).map(Thing::new)));
    manual.run();

    assertDiscarded(1, 2);
  }

  @Test
  void whatAnAcquireAwaited_isReleasedAndNotDiscarded() {
    TestPublisher<Thing> source = late();
    List<Thing> released = new CopyOnWriteArrayList<>();
    Disposable subscription =
        subscribe(
            scheduler,
            Task.using(
                Task.await(source.flux()),
                Task::value,
                (thing, outcome) -> Task.run(() -> released.add(thing))));
    manual.runUntilIdle();
    subscription.dispose();
    manual.run();

    source.next(new Thing(1));
    source.complete();
    manual.run();

    assertThat(released).containsExactly(new Thing(1));
    assertThat(discarded).isEmpty();
  }

  // Several

  @Test
  void valuesOfSiblings_areDiscardedByTheFailureOfAnother() {
    Task<Thing> thing = Task.call(() -> new Thing(1));
    Task<Thing> failing = Task.sleep(Duration.ofSeconds(1)).then(Task.error(why()));

    subscribe(scheduler, Task.all(List.of(thing, failing)));
    manual.run();

    assertDiscarded(1);
  }

  @Test
  void theValueOfALoser_isDiscarded() {
    Task<Thing> first = Task.call(() -> new Thing(1));
    Task<Thing> second = Task.call(() -> new Thing(2)).uncancellable();

    subscribe(scheduler, Task.first(List.of(first, second)));
    manual.run();

    assertThat(discarded).hasSize(1);
  }

  // Streams

  @Test
  void anEmissionThatWaitsForDemand_isDiscardedByCancel() {
    List<Thing> seen = new CopyOnWriteArrayList<>();
    BaseSubscriber<Thing> one =
        new BaseSubscriber<>() {
          @Override
          protected void hookOnSubscribe(org.reactivestreams.Subscription subscription) {
            subscription.request(1);
          }

          @Override
          protected void hookOnNext(Thing thing) {
            seen.add(thing);
          }
        };
    Flux<Thing> flux =
        CallbackFlux.of(
            scheduler, emitter -> Task.forLoop(1, 10, number -> emitter.emit(new Thing(number))));
    hooked(flux).subscribe(one);
    manual.runUntilIdle();

    one.cancel();
    manual.run();

    assertThat(seen).containsExactly(new Thing(1));
    assertDiscarded(2);
  }

  @Test
  void anEmissionAfterCancel_isDiscarded_andNotTheCancellationDropped() {
    Flux<Thing> flux =
        CallbackFlux.of(
            scheduler,
            emitter ->
                Task.sleep(Duration.ofSeconds(1)).then(emitter.emit(new Thing(1))).uncancellable());
    Disposable subscription = hooked(flux).subscribe();
    manual.runUntilIdle();

    subscription.dispose();
    manual.run();

    assertDiscarded(1);
  }

  @Test
  void anErrorOfAStreamAfterCancel_isDropped() {
    Flux<Thing> flux =
        CallbackFlux.of(
            scheduler,
            emitter -> Task.sleep(Duration.ofSeconds(1)).then(Task.error(why())).uncancellable());
    Disposable subscription = hooked(flux).subscribe();
    manual.runUntilIdle();

    subscription.dispose();
    manual.run();

    assertDroppedWhy();
  }

  @Test
  void valuesThatWereNotBegunWith_areDiscarded() {
    TestPublisher<Thing> source = late();
    Flux<Thing> flux =
        CallbackFlux.of(
            scheduler,
            emitter ->
                Task.forEach(
                    source.flux(), 4, thing -> Task.<Void>never().doFinally(outcome -> {})));
    Disposable subscription = hooked(flux).subscribe();
    manual.runUntilIdle();
    source.next(new Thing(1), new Thing(2), new Thing(3));
    manual.runUntilIdle();
    source.next(new Thing(4));

    subscription.dispose();
    manual.run();
    source.next(new Thing(5));
    source.error(why());

    assertThat(discarded).containsExactly(new Thing(2), new Thing(3), new Thing(4), new Thing(5));
    assertThat(dropped).extracting(Throwable::getMessage).containsExactly("why");
  }

  // Home

  @Test
  void aMonoThatComesHomeAfterCancel_isDiscarded() throws Exception {
    TestPublisher<Thing> source = late();
    AtomicReference<Disposable> subscription = new AtomicReference<>();
    scheduler.spawn(
        Task.run(
            () ->
                subscription.set(
                    hooked(CallbackMono.home(Mono.fromDirect(source.flux())).flux()).subscribe())));
    manual.run();
    source.next(new Thing(1));

    subscription.get().dispose();
    source.next(new Thing(2));
    source.error(why());

    assertThat(discarded).containsExactly(new Thing(1), new Thing(2));
    assertThat(dropped).extracting(Throwable::getMessage).containsExactly("why");
  }

  @Test
  void anErrorThatWaitsToComeHome_isDroppedByCancel() {
    TestPublisher<Thing> source = late();
    AtomicReference<Disposable> subscription = new AtomicReference<>();
    scheduler.spawn(
        Task.run(() -> subscription.set(hooked(CallbackFlux.home(source.flux())).subscribe())));
    manual.run();
    source.next(new Thing(1));
    source.error(why());

    subscription.get().dispose();
    manual.run();

    assertThat(discarded).containsExactly(new Thing(1));
    assertThat(dropped).extracting(Throwable::getMessage).containsExactly("why");
  }
}
