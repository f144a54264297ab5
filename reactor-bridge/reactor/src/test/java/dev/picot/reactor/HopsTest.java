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
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** How many slices it takes to come from a task to a Mono and back: no more than there must be. */
class HopsTest {
  private final ManualLoops manual = LoopScheduler.builder("hops").manualInVirtualTime();
  private final LoopScheduler scheduler = manual.scheduler();
  private final AtomicInteger ended = new AtomicInteger();

  @AfterEach
  void close() {
    manual.close();
  }

  private long slicesOf(Runnable subscribe) {
    long before = slices();
    subscribe.run();
    manual.run();
    assertThat(ended).hasPositiveValue();
    return slices() - before;
  }

  private long slices() {
    return scheduler.stats().perLoop().stream().mapToLong(loop -> loop.slices()).sum();
  }

  private long slicesOfTask(Task<?> task) {
    return slicesOf(() -> scheduler.spawn(task.doOnSuccess(value -> ended.incrementAndGet())));
  }

  @Test
  void awaitOfWhatIsThere_goesOnInTheSameSlice() {
    Task<Integer> hundred =
        Task.await(Flux.range(0, 100).concatMap(Mono::just).last())
            .flatMap(i -> Task.await(Mono.just(i)))
            .flatMap(i -> Task.await(Mono.fromCallable(() -> i)))
            .flatMap(i -> Task.awaitOptional(Mono.<Integer>empty()).map(none -> i));

    assertThat(slicesOfTask(hundred)).isEqualTo(slicesOfTask(Task.done())).isOne();
  }

  @Test
  void inAContextItIsTheSame() {
    Task<Integer> task = Task.await(Mono.just(1)).flatMap(i -> Task.await(Mono.just(i)));

    assertThat(
            slicesOf(
                () -> CallbackMono.of(scheduler, task).subscribe(value -> ended.incrementAndGet())))
        .isEqualTo(2);
  }

  @Test
  void aMonoTakesASliceForTheTaskAndOneForItsSubscriber() {
    assertThat(
            slicesOf(
                () ->
                    CallbackMono.of(scheduler, Task.call(() -> 1))
                        .map(i -> i + 1)
                        .subscribe(value -> ended.incrementAndGet())))
        .isEqualTo(2);
  }

  @Test
  void aStreamTakesASliceForAllItsValuesAndOneForItsEnd() {
    assertThat(
            slicesOf(
                () ->
                    CallbackFlux.<Integer>of(
                            scheduler, emitter -> Task.forLoop(0, 3, emitter::emit))
                        .doOnComplete(ended::incrementAndGet)
                        .subscribe()))
        .isEqualTo(2);
  }

  @Test
  void whatAnotherCallbackThreadOfTheLoopCompletes_takesOneMoreSliceOfTheWaiter() {
    Sinks.One<Integer> sink = Sinks.one();

    assertThat(
            slicesOf(
                () -> {
                  scheduler.spawn(
                      Task.await(sink.asMono()).doOnSuccess(value -> ended.incrementAndGet()));
                  scheduler.spawn(Task.run(() -> sink.tryEmitValue(1)));
                }))
        .isEqualTo(3);
  }

  @Test
  void aTaskAsMonoInATask_takesTwoSlicesMore() {
    Task<Integer> inner = Task.await(CallbackMono.of(scheduler, Task.call(() -> 1)));

    assertThat(slicesOfTask(inner)).isEqualTo(4); // inner: one and its signal; outer: before, after
  }

  @Test
  void homeOnTheLoopItself_takesNone() {
    Task<Integer> task = Task.await(Mono.defer(() -> CallbackMono.home(Mono.just(1))));

    assertThat(slicesOfTask(task)).isOne();
  }
}
