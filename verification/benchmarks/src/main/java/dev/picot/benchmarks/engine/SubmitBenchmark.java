/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.engine;

import dev.picot.LoopScheduler;
import dev.picot.Task;
import dev.picot.benchmarks.Batch;
import dev.picot.benchmarks.VirtualThreads;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import kotlin.Unit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import reactor.core.scheduler.Scheduler;

/**
 * P2: one task, from its submission on a thread outside until it has run, averaged over batches of
 * {@value #TASKS} that are submitted as fast as they can be.
 *
 * <p>One receiving thread each, but for virtual threads, which run on as many carriers as there are
 * processors, as they do by default. The task counts down a number; it is one object for all
 * submissions, and so is the description of it where there is one.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SubmitBenchmark {
  private static final int TASKS = 100_000;

  /** The producers, one of which is the thread of JMH. */
  @State(Scope.Benchmark)
  public static class Producers {
    /** How many threads submit. */
    @Param("1")
    public int producers;

    final Batch batch = new Batch();
    private ExecutorService others;

    /** Starts the other threads. */
    @Setup
    public void start() {
      others = Executors.newCachedThreadPool();
    }

    /** Ends the other threads. */
    @TearDown
    public void end() {
      others.shutdownNow();
    }

    void submit(Runnable one) throws InterruptedException {
      batch.begin(TASKS);
      for (int i = 1; i < producers; i++) {
        others.execute(() -> submitShare(one));
      }
      submitShare(one);
      batch.await();
    }

    private void submitShare(Runnable one) {
      for (int i = 0; i < TASKS / producers; i++) {
        one.run();
      }
    }
  }

  /** Ours. */
  @State(Scope.Benchmark)
  public static class Ours {
    private LoopScheduler scheduler;
    private Task<Void> task;

    /** Starts it. */
    @Setup
    public void start(Producers producers) {
      scheduler = Schedulers.oneLoop("ours");
      task = Task.run(producers.batch::arrive);
    }

    /** Ends it. */
    @TearDown
    public void end() {
      scheduler.close();
    }

    void spawn() {
      var unused = scheduler.spawn(task);
    }
  }

  /** Reactor. */
  @State(Scope.Benchmark)
  public static class Reactor {
    private Scheduler single;

    /** Starts it. */
    @Setup
    public void start() {
      single = reactor.core.scheduler.Schedulers.newSingle("reactor");
    }

    /** Ends it. */
    @TearDown
    public void end() {
      single.dispose();
    }

    void schedule(Runnable task) {
      var unused = single.schedule(task);
    }
  }

  /** Kotlin. */
  @State(Scope.Benchmark)
  public static class Kotlin {
    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private final Coroutine coroutines = new Coroutine(thread);

    /** Ends it. */
    @TearDown
    public void end() {
      thread.shutdownNow();
    }
  }

  /** A callback thread with one step. */
  @Benchmark
  @OperationsPerInvocation(TASKS)
  public void spawn(Ours ours, Producers producers) throws InterruptedException {
    producers.submit(ours::spawn);
  }

  /** A task of our executor. */
  @Benchmark
  @OperationsPerInvocation(TASKS)
  public void execute(Ours ours, Producers producers) throws InterruptedException {
    Runnable task = producers.batch::arrive;
    producers.submit(() -> ours.scheduler.executor().execute(task));
  }

  /** {@code Schedulers.newSingle(...).schedule}. */
  @Benchmark
  @OperationsPerInvocation(TASKS)
  public void reactorSchedule(Reactor reactor, Producers producers) throws InterruptedException {
    Runnable task = producers.batch::arrive;
    producers.submit(() -> reactor.schedule(task));
  }

  /** {@code EventLoop.execute}. */
  @Benchmark
  @OperationsPerInvocation(TASKS)
  public void nettyExecute(NettyLoops netty, Producers producers) throws InterruptedException {
    Runnable task = producers.batch::arrive;
    producers.submit(() -> netty.left.execute(task));
  }

  /** {@code Thread.startVirtualThread}. */
  @Benchmark
  @OperationsPerInvocation(TASKS)
  public void virtualThreadStart(Producers producers) throws InterruptedException {
    Runnable task = producers.batch::arrive;
    producers.submit(() -> VirtualThreads.start(task));
  }

  /** {@code launch} on a dispatcher of one thread. */
  @Benchmark
  @OperationsPerInvocation(TASKS)
  public void kotlinLaunch(Kotlin kotlin, Producers producers) throws InterruptedException {
    producers.submit(
        () ->
            kotlin.coroutines.launch(
                (scope, continuation) -> {
                  producers.batch.arrive();
                  return Unit.INSTANCE;
                }));
  }
}
