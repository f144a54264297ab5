/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.examples;

import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.CallbackThread;
import dev.picot.LoopScheduler;
import dev.picot.Task;
import dev.picot.reactor.CallbackFlux;
import dev.picot.reactor.CallbackMono;
import dev.picot.reactor.CallbackSchedulers;
import dev.picot.reactor.Loops;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The table and the code of docs/guides/what-is-not-a-callback-thread.md. */
class NotACallbackThreadTest {
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  /** What a place can be. */
  private enum Place {
    CALLBACK_THREAD,
    LOOP,
    NEITHER
  }

  @RegisterExtension private final Loops loops = new Loops();

  private final LoopScheduler checkout = loops.make("checkout");

  private static Place here() {
    if (CallbackThread.current().isPresent()) {
      return Place.CALLBACK_THREAD;
    }
    return LoopScheduler.current().isPresent() ? Place.LOOP : Place.NEITHER;
  }

  private <T> T run(Task<T> task) throws Exception {
    return checkout.spawn(task).block(DEADLINE);
  }

  @Test
  void aStep_isOne() throws Exception {
    assertThat(run(Task.call(NotACallbackThreadTest::here))).isEqualTo(Place.CALLBACK_THREAD);
  }

  @Test
  void whatIsSubscribedToInAStep_isOne_asLongAsItStaysThere() throws Exception {
    assertThat(run(Task.await(Mono.fromSupplier(NotACallbackThreadTest::here))))
        .isEqualTo(Place.CALLBACK_THREAD);
  }

  @Test
  void theSubscriberOfAStream_isOne() {
    Flux<Place> places =
        CallbackFlux.<Integer>of(checkout, emitter -> emitter.emit(1)).map(value -> here());

    assertThat(places.blockLast(DEADLINE)).isEqualTo(Place.CALLBACK_THREAD);
  }

  @Test
  void behindCallbackMono_isALoop() {
    Mono<Place> place = CallbackMono.of(checkout, Task.value(1)).map(value -> here());

    assertThat(place.block(DEADLINE)).isEqualTo(Place.LOOP);
  }

  @Test
  void behindHome_isALoop() throws Exception {
    Mono<Place> place = CallbackMono.home(Mono.delay(ofMillis(1))).map(tick -> here());

    assertThat(run(Task.await(place))).isEqualTo(Place.LOOP);
  }

  @Test
  void tasksOfAWorkerAndOfTheExecutor_areOnALoop() throws Exception {
    CompletableFuture<Place> worker = new CompletableFuture<>();
    CompletableFuture<Place> executor = new CompletableFuture<>();

    CallbackSchedulers.of(checkout).schedule(() -> worker.complete(here()));
    checkout.executor().execute(() -> executor.complete(here()));

    assertThat(worker.get(5, TimeUnit.SECONDS)).isEqualTo(Place.LOOP);
    assertThat(executor.get(5, TimeUnit.SECONDS)).isEqualTo(Place.LOOP);
  }

  @Test
  void aBlockingCall_isNeither() throws Exception {
    assertThat(run(Task.blocking(NotACallbackThreadTest::here))).isEqualTo(Place.NEITHER);
  }

  @Test
  void behindAForeignScheduler_isNeither() throws Exception {
    // region foreign
    Mono<Place> place =
        Mono.delay(ofMillis(1)) // signals on a thread of Schedulers.parallel()
            .map(tick -> here()); // so this runs there
    Task<Place> task = Task.await(place); // the callback thread waits meanwhile
    // end region

    assertThat(run(task)).isEqualTo(Place.NEITHER);
  }

  @Test
  void theStepAfterIt_isOneAgain() throws Exception {
    // region step
    Task<Place> task = Task.await(Mono.delay(ofMillis(1))).map(tick -> here());
    // end region

    assertThat(run(task)).isEqualTo(Place.CALLBACK_THREAD);
  }

  @Test
  void aStepThatStartsAMonoAndDoesNotAwaitIt_losesIt() throws Exception {
    CompletableFuture<Place> place = new CompletableFuture<>();

    run(Task.run(() -> Mono.delay(ofMillis(1)).subscribe(tick -> place.complete(here()))));

    assertThat(place.get(5, TimeUnit.SECONDS)).isEqualTo(Place.NEITHER);
    assertThat(checkout.stats().live()).isZero(); // nothing waits for it, nothing cancels it
  }

  @Test
  void aDumpSaysWhatACallbackThreadWaitsFor() {
    CallbackThread<?> waiting = checkout.spawn(Task.await(Mono.never()));
    Loops.await(() -> waiting.state() == CallbackThread.State.WAITING);

    assertThat(checkout.inspect().callbackThreads())
        .singleElement()
        .satisfies(info -> assertThat(info.toString()).contains("MonoNever"));
    waiting.cancel();
  }
}
