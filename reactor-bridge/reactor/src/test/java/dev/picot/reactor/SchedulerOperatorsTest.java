/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.LoopScheduler;
import dev.picot.Task;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

/** Reactor's operators on a view. */
class SchedulerOperatorsTest {
  @RegisterExtension private final Loops loops = new Loops();

  private final LoopScheduler scheduler = loops.make("checkout");
  private final Scheduler view = CallbackSchedulers.of(scheduler);

  @Test
  void publishOnKeepsTheOrder() {
    StepVerifier.create(
            Flux.range(0, 100_000)
                .subscribeOn(Schedulers.parallel())
                .publishOn(view)
                .filter(item -> Loops.isOn(scheduler))
                .scan(-1, (last, item) -> item == last + 1 ? item : Integer.MIN_VALUE)
                .last())
        .expectNext(99_999)
        .expectComplete()
        .verify(Loops.PATIENCE);
  }

  @Test
  void subscribeOnSubscribesOnALoop() {
    StepVerifier.create(Mono.fromCallable(() -> Loops.isOn(scheduler)).subscribeOn(view))
        .expectNext(true)
        .expectComplete()
        .verify(Loops.PATIENCE);
  }

  @Test
  void parallelUsesAllLoops() {
    Set<String> threads = ConcurrentHashMap.newKeySet();

    StepVerifier.create(
            Flux.range(0, 1_000)
                .parallel(2)
                .runOn(view)
                .doOnNext(item -> threads.add(Thread.currentThread().getName()))
                .sequential()
                .count())
        .expectNext(1_000L)
        .expectComplete()
        .verify(Loops.PATIENCE);
    assertThat(threads).containsExactlyInAnyOrder("checkout-1", "checkout-2");
  }

  @Test
  void timedOperatorsWork() {
    StepVerifier.create(
            Flux.interval(Duration.ofMillis(1), view)
                .take(5)
                .onBackpressureBuffer()
                .delayElements(Duration.ofMillis(1), view)
                .sample(Duration.ofHours(1)))
        .expectNext(4L)
        .expectComplete()
        .verify(Loops.PATIENCE);
    StepVerifier.create(Mono.never().timeout(Duration.ofMillis(5), view))
        .expectError(TimeoutException.class)
        .verify(Loops.PATIENCE);
  }

  @Test
  void cancellingAnIntervalEndsItsTimer() {
    StepVerifier.create(Flux.interval(Duration.ofMillis(1), view))
        .expectNextCount(3)
        .thenCancel()
        .verify(Loops.PATIENCE);

    Loops.await(() -> Loops.waitingTasks(scheduler) == 0);
  }

  @Test
  void refusalIsAnErrorOfTheStream() {
    view.dispose();

    StepVerifier.create(Flux.just(1).publishOn(view))
        .expectError(RejectedExecutionException.class)
        .verify(Loops.PATIENCE);
    StepVerifier.create(Mono.delay(Duration.ofMillis(1), view))
        .expectError(RejectedExecutionException.class)
        .verify(Loops.PATIENCE);
  }

  @Test
  void aCallbackThreadMayAwaitAStreamOnItsOwnScheduler() throws Exception {
    Task<Integer> task = Task.await(Flux.range(1, 10).publishOn(view).reduce(0, Integer::sum));

    assertThat(scheduler.spawn(task).block(Loops.PATIENCE)).isEqualTo(55);
  }
}
