/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.reactor;

import dev.picot.benchmarks.Batch;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * P8: one {@code Mono} that crosses to a scheduler, subscribed to on a thread outside, averaged
 * over batches of {@value #MONOS} that are subscribed to as fast as they can be.
 *
 * <p>The pipelines are the same for all; only the scheduler differs.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class OperatorsBenchmark {
  private static final int MONOS = 100_000;
  private static final int ITEMS = 1_000_000;
  private static final int AT_ONCE = 256;

  private static final Callable<Integer> ONE = () -> 1;

  /** {@code Mono.fromCallable(..).subscribeOn(scheduler)}. */
  @Benchmark
  @OperationsPerInvocation(MONOS)
  public void subscribeOn(On on) throws InterruptedException {
    subscribe(MONOS, Mono.fromCallable(ONE).subscribeOn(on.scheduler));
  }

  /** {@code mono.publishOn(scheduler)}. */
  @Benchmark
  @OperationsPerInvocation(MONOS)
  public void publishOn(On on) throws InterruptedException {
    subscribe(MONOS, Mono.just(1).hide().publishOn(on.scheduler));
  }

  /** {@code Mono.delay(1 ms, scheduler)}. */
  @Benchmark
  @OperationsPerInvocation(MONOS)
  public void delay(On on) throws InterruptedException {
    subscribe(MONOS, Mono.delay(Duration.ofMillis(1), on.scheduler));
  }

  /** Subscribes so many times, and waits until all have completed. */
  static void subscribe(int times, Mono<?> mono) throws InterruptedException {
    Batch batch = new Batch();
    batch.begin(times);
    for (int i = 0; i < times; i++) {
      var unused = mono.subscribe(value -> {}, error -> batch.arrive(), batch::arrive);
    }
    batch.await();
  }

  /** {@code flatMap} into as many as {@value #AT_ONCE} at once, each with {@code subscribeOn}. */
  @Benchmark
  @OperationsPerInvocation(MONOS)
  public void fanOut(On on) throws InterruptedException {
    Mono<Integer> one = Mono.fromCallable(ONE).subscribeOn(on.scheduler);
    await(Flux.range(0, MONOS).flatMap(item -> one, AT_ONCE));
  }

  /** One of a million items that pass {@code publishOn}. */
  @Benchmark
  @OperationsPerInvocation(ITEMS)
  public void items(On on) throws InterruptedException {
    await(Flux.range(0, ITEMS).hide().publishOn(on.scheduler));
  }

  private static void await(Flux<?> flux) throws InterruptedException {
    Batch batch = new Batch();
    batch.begin(1);
    var unused = flux.subscribe(value -> {}, error -> batch.arrive(), batch::arrive);
    batch.await();
  }
}
