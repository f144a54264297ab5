/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.reactor;

import dev.picot.LoopScheduler;
import dev.picot.Task;
import dev.picot.benchmarks.Batch;
import dev.picot.reactor.CallbackFlux;
import dev.picot.reactor.CallbackMono;
import dev.picot.reactor.CallbackSchedulers;
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
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * P8: a {@code Mono} whose value comes from another thread, brought home to the thread that asks,
 * again and again; and a task shown as a {@code Mono}.
 *
 * <p>The other thread is a loop of ours for all: one of Reactor takes longer to answer than anybody
 * to come home, and would be what is measured.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class HomeBenchmark {
  private static final int MONOS = 64_000;
  private static final int BURST = 100;
  private static final int BURSTS = 6_400;

  private static final Callable<Integer> ONE = () -> 1;

  /** How many ask. */
  @State(Scope.Benchmark)
  public static class Crowd {
    /** At once. */
    @Param("64")
    public int atOnce;

    private final LoopScheduler elsewhere = LoopScheduler.builder("elsewhere").loops(1).build();
    private final Mono<Integer> remote =
        Mono.fromCallable(ONE).subscribeOn(CallbackSchedulers.of(elsewhere));
    private final Flux<Integer> burst =
        Flux.range(0, BURST).hide().subscribeOn(CallbackSchedulers.of(elsewhere));

    /** Ends it. */
    @TearDown
    public void end() {
      elsewhere.close();
    }

    void ask(Mono<Integer> once, Scheduler home) throws InterruptedException {
      ask(once.repeat(MONOS / atOnce - 1), home);
    }

    void askForBursts(Flux<Integer> once, Scheduler home) throws InterruptedException {
      ask(once.repeat(BURSTS / atOnce - 1), home);
    }

    private void ask(Flux<Integer> often, Scheduler home) throws InterruptedException {
      Batch batch = new Batch();
      batch.begin(atOnce);
      for (int i = 0; i < atOnce; i++) {
        var unused =
            often.subscribeOn(home).subscribe(value -> {}, error -> batch.arrive(), batch::arrive);
      }
      batch.await();
    }
  }

  /** One loop. */
  @State(Scope.Benchmark)
  public static class Ours {
    private final LoopScheduler loops = LoopScheduler.builder("ours").loops(1).build();
    private final Scheduler view = CallbackSchedulers.of(loops);

    /** Ends it. */
    @TearDown
    public void end() {
      loops.close();
    }
  }

  /** One thread of Reactor. */
  @State(Scope.Benchmark)
  public static class Reactor {
    private final Scheduler single = Schedulers.newSingle("reactor");

    /** Ends it. */
    @TearDown
    public void end() {
      single.dispose();
    }
  }

  /** {@code CallbackMono.home(remote)}. */
  @Benchmark
  @OperationsPerInvocation(MONOS)
  public void home(Ours ours, Crowd crowd) throws InterruptedException {
    crowd.ask(CallbackMono.home(crowd.remote), ours.view);
  }

  /** {@code remote.publishOn(our loop)}. */
  @Benchmark
  @OperationsPerInvocation(MONOS)
  public void publishOnLoop(Ours ours, Crowd crowd) throws InterruptedException {
    crowd.ask(crowd.remote.publishOn(ours.view), ours.view);
  }

  /** {@code remote.publishOn(single)}. */
  @Benchmark
  @OperationsPerInvocation(MONOS)
  public void publishOnSingle(Reactor reactor, Crowd crowd) throws InterruptedException {
    crowd.ask(crowd.remote.publishOn(reactor.single), reactor.single);
  }

  /** {@code CallbackFlux.home(remote)}, for each value. */
  @Benchmark
  @OperationsPerInvocation(BURST * BURSTS)
  public void burstHome(Ours ours, Crowd crowd) throws InterruptedException {
    crowd.askForBursts(CallbackFlux.home(crowd.burst), ours.view);
  }

  /** {@code remote.publishOn(our loop)}, for each value. */
  @Benchmark
  @OperationsPerInvocation(BURST * BURSTS)
  public void burstPublishOnLoop(Ours ours, Crowd crowd) throws InterruptedException {
    crowd.askForBursts(crowd.burst.publishOn(ours.view), ours.view);
  }

  /** {@code remote.publishOn(single)}, for each value. */
  @Benchmark
  @OperationsPerInvocation(BURST * BURSTS)
  public void burstPublishOnSingle(Reactor reactor, Crowd crowd) throws InterruptedException {
    crowd.askForBursts(crowd.burst.publishOn(reactor.single), reactor.single);
  }

  /** {@code CallbackMono.of(scheduler, task)}, subscribed to on a thread outside. */
  @Benchmark
  @OperationsPerInvocation(MONOS)
  public void task(Ours ours) throws InterruptedException {
    OperatorsBenchmark.subscribe(
        MONOS, CallbackMono.of(ours.loops, Task.call(ONE).map(HomeBenchmark::next)));
  }

  /** {@code Mono.fromCallable(..).map(..).subscribeOn(single)}, likewise. */
  @Benchmark
  @OperationsPerInvocation(MONOS)
  public void mono(Reactor reactor) throws InterruptedException {
    OperatorsBenchmark.subscribe(
        MONOS, Mono.fromCallable(ONE).map(HomeBenchmark::next).subscribeOn(reactor.single));
  }

  private static Integer next(Integer number) {
    return number + 1;
  }
}
