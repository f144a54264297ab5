/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.picot.AdmissionRefusedException;
import dev.picot.CallbackThread;
import dev.picot.Emitter;
import dev.picot.LoopScheduler;
import dev.picot.Task;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

class CallbackFluxTest {
  @RegisterExtension private final Loops loops = new Loops();

  private final LoopScheduler scheduler =
      loops.make("flux", builder -> builder.loops(2).maxCallbackThreads(2));

  private static Task<?> count(Emitter<? super Integer> emitter, int to) {
    return Task.forLoop(1, to + 1, emitter::emit);
  }

  private Flux<Integer> counting(int to) {
    return CallbackFlux.of(scheduler, emitter -> count(emitter, to));
  }

  @Test
  void givesTheValuesInOrderOnALoop() {
    Flux<Boolean> onLoop = counting(3).map(i -> Loops.isOn(scheduler));

    assertThat(counting(1_000).collectList().block(Loops.PATIENCE)).hasSize(1_000).isSorted();
    assertThat(onLoop.collectList().block(Loops.PATIENCE)).containsOnly(true);
  }

  @Test
  void emitsNoMoreThanIsRequested() {
    List<Integer> emitted = new CopyOnWriteArrayList<>();

    StepVerifier.create(counting(5).doOnNext(emitted::add), 0)
        .expectSubscription()
        .thenRequest(2)
        .expectNext(1, 2)
        .then(() -> assertThat(emitted).containsExactly(1, 2))
        .thenRequest(1)
        .expectNext(3)
        .thenCancel()
        .verify(Loops.PATIENCE);
  }

  @Test
  void startsOneCallbackThreadForEachSubscriber() {
    Flux<Long> ids =
        CallbackFlux.of(
            scheduler, emitter -> emitter.emit(CallbackThread.current().orElseThrow().id()));

    assertThat(scheduler.stats().completed()).isZero();
    assertThat(ids.blockLast(Loops.PATIENCE)).isNotEqualTo(ids.blockLast(Loops.PATIENCE));
  }

  @Test
  void failsAsTheTaskDoes_afterTheValues() {
    Flux<Integer> flux =
        CallbackFlux.of(
            scheduler,
            emitter -> emitter.emit(1).then(Task.error(new IllegalStateException("why"))));

    StepVerifier.create(flux).expectNext(1).expectErrorMessage("why").verify(Loops.PATIENCE);
  }

  @Test
  void failsIfTheBodyThrows() {
    Flux<Integer> flux =
        CallbackFlux.of(
            scheduler,
            emitter -> {
              throw new java.io.IOException("disk");
            });

    StepVerifier.create(flux).expectErrorMessage("disk").verify(Loops.PATIENCE);
  }

  @Test
  void cancelsTheCallbackThreadWithTheSubscription() throws Exception {
    CountDownLatch waiting = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(1);
    Flux<Integer> flux =
        CallbackFlux.of(
            scheduler,
            emitter ->
                Task.run(waiting::countDown)
                    .then(Task.<Void>never())
                    .doFinally(outcome -> ended.countDown()));

    Disposable subscription = flux.subscribe();
    Loops.await(waiting);
    subscription.dispose();

    Loops.await(ended);
    Loops.await(() -> scheduler.stats().cancelled() == 1);
  }

  @Test
  void signalsTheCancellationOfTheCallbackThread() {
    Flux<Integer> flux =
        CallbackFlux.of(
            scheduler,
            emitter ->
                Task.run(() -> CallbackThread.current().orElseThrow().cancel())
                    .then(Task.<Void>never()));

    StepVerifier.create(flux).expectError(CancellationException.class).verify(Loops.PATIENCE);
  }

  @Test
  void signalsThatTheWorkWasRefused() {
    Flux<Integer> endless = CallbackFlux.of(scheduler, emitter -> Task.never());
    Disposable one = endless.subscribe();
    Disposable two = endless.subscribe();

    StepVerifier.create(counting(1))
        .expectError(AdmissionRefusedException.class)
        .verify(Loops.PATIENCE);
    one.dispose();
    two.dispose();
  }

  @Test
  void refusesNull() {
    assertThatNullPointerException()
        .isThrownBy(() -> CallbackFlux.of(scheduler, null))
        .withMessage("body");
    assertThatNullPointerException()
        .isThrownBy(() -> CallbackFlux.of(null, emitter -> Task.done()))
        .withMessage("scheduler");
    assertThatNullPointerException().isThrownBy(() -> CallbackFlux.home(null)).withMessage("flux");
  }
}
