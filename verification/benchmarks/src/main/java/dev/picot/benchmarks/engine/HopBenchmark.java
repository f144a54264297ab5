/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.engine;

import dev.picot.LoopScheduler;
import dev.picot.Task;
import dev.picot.benchmarks.Batch;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * P6: to the pool for blocking calls and home again, {@value #HOPS} times by so many at once; the
 * call returns at once, so the hop is all there is.
 *
 * <p>Both pools are what one gets by default: ten threads for each processor.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class HopBenchmark {
  private static final int HOPS = 16_000;

  /** How many hop. */
  @State(Scope.Benchmark)
  public static class Crowd {
    /** At once. */
    @Param("64")
    public int atOnce;

    final Callable<String> call = () -> "read";
  }

  /** Ours. */
  @State(Scope.Benchmark)
  public static class Ours {
    private final LoopScheduler scheduler = Schedulers.oneLoop("ours");

    /** Ends it. */
    @TearDown
    public void end() {
      scheduler.close();
    }
  }

  /** Reactor. */
  @State(Scope.Benchmark)
  public static class Reactor {
    private final Scheduler single = reactor.core.scheduler.Schedulers.newSingle("reactor");
    private final Scheduler elastic = reactor.core.scheduler.Schedulers.boundedElastic();

    /** Ends it. */
    @TearDown
    public void end() {
      single.dispose();
      elastic.dispose();
    }
  }

  /** {@code Task.blocking}, again and again. */
  @Benchmark
  @OperationsPerInvocation(HOPS)
  public void ours(Ours ours, Crowd crowd) throws InterruptedException {
    Batch batch = new Batch();
    batch.begin(crowd.atOnce);
    for (int i = 0; i < crowd.atOnce; i++) {
      var unused = ours.scheduler.spawn(new Hops(crowd.call, HOPS / crowd.atOnce, batch).again);
    }
    batch.await();
  }

  /** {@code Mono.fromCallable(..).subscribeOn(boundedElastic()).publishOn(single)}, repeated. */
  @Benchmark
  @OperationsPerInvocation(HOPS)
  public void mono(Reactor reactor, Crowd crowd) throws InterruptedException {
    Batch batch = new Batch();
    batch.begin(crowd.atOnce);
    for (int i = 0; i < crowd.atOnce; i++) {
      var unused =
          Mono.fromCallable(crowd.call)
              .subscribeOn(reactor.elastic)
              .publishOn(reactor.single)
              .repeat(HOPS / crowd.atOnce - 1)
              .subscribe(value -> {}, error -> batch.arrive(), batch::arrive);
    }
    batch.await();
  }

  private static final class Hops {
    private final Task<String> again;
    private final Batch batch;
    private int left;

    Hops(Callable<String> call, int count, Batch batch) {
      this.again = Task.blocking(call).flatMap(this::next);
      this.left = count;
      this.batch = batch;
    }

    private Task<String> next(String value) {
      if (--left > 0) {
        return again;
      }
      batch.arrive();
      return Task.value(value);
    }
  }
}
