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
import kotlin.coroutines.Continuation;
import kotlin.coroutines.intrinsics.IntrinsicsKt;
import kotlinx.coroutines.YieldKt;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;

/**
 * P3: two take turns on one thread, {@value #YIELDS} times in all; each turn lets the other one
 * run.
 *
 * <p>Ours yields, and so do virtual threads (with one carrier, or each would have its own) and
 * coroutines; a task of Netty's loop and of a Reactor worker puts itself into the queue again,
 * because that is how their users do it.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class YieldBenchmark {
  private static final int YIELDS = 1_000_000;
  private static final int EACH = YIELDS / 2;

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

    /** Ends it. */
    @TearDown
    public void end() {
      single.dispose();
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

  /** Two callback threads on one loop. */
  @Benchmark
  @OperationsPerInvocation(YIELDS)
  public void ours(Ours ours) throws InterruptedException {
    yieldInTurns(ours.scheduler);
  }

  /** Two virtual threads on one carrier. */
  @Benchmark
  @OperationsPerInvocation(YIELDS)
  @Fork(
      jvmArgsAppend = {
        "-Djdk.virtualThreadScheduler.parallelism=1",
        "-Djdk.virtualThreadScheduler.maxPoolSize=1"
      })
  public void virtualThreads() throws InterruptedException {
    Thread one = VirtualThreads.start(YieldBenchmark::yieldThreads);
    Thread other = VirtualThreads.start(YieldBenchmark::yieldThreads);
    one.join();
    other.join();
  }

  @SuppressWarnings("ThreadPriorityCheck") // yielding is what is measured
  private static void yieldThreads() {
    for (int i = 0; i < EACH; i++) {
      Thread.yield();
    }
  }

  /** Two tasks of a loop that execute themselves again. */
  @Benchmark
  @OperationsPerInvocation(YIELDS)
  public void nettyExecute(NettyLoops netty) throws InterruptedException {
    Batch batch = new Batch();
    batch.begin(2);
    netty.left.execute(new Chain(batch, netty.left::execute));
    netty.left.execute(new Chain(batch, netty.left::execute));
    batch.await();
  }

  /** Two workers of one thread whose tasks schedule themselves again. */
  @Benchmark
  @OperationsPerInvocation(YIELDS)
  public void reactorWorkers(Reactor reactor) throws InterruptedException {
    Batch batch = new Batch();
    batch.begin(2);
    Scheduler.Worker one = reactor.single.createWorker();
    Scheduler.Worker other = reactor.single.createWorker();
    Disposable first = one.schedule(new Chain(batch, one::schedule));
    Disposable second = other.schedule(new Chain(batch, other::schedule));
    batch.await();
    first.dispose();
    second.dispose();
    one.dispose();
    other.dispose();
  }

  /** Two coroutines on a dispatcher of one thread. */
  @Benchmark
  @OperationsPerInvocation(YIELDS)
  public void kotlinYield(Kotlin kotlin) throws InterruptedException {
    Batch batch = new Batch();
    batch.begin(2);
    for (int i = 0; i < 2; i++) {
      kotlin.coroutines.launch((scope, caller) -> new Yielding(caller, batch).proceed());
    }
    batch.await();
  }

  static void yieldInTurns(LoopScheduler scheduler) throws InterruptedException {
    Batch batch = new Batch();
    batch.begin(2);
    for (int i = 0; i < 2; i++) {
      var unused = scheduler.spawn(new Yields(batch, EACH).again);
    }
    batch.await();
  }

  /** A callback thread that yields so many times. */
  static final class Yields {
    final Task<Void> again = Task.yieldNow().flatMap(done -> next());

    private final Batch batch;
    private int left;

    Yields(Batch batch, int count) {
      this.batch = batch;
      this.left = count;
    }

    private Task<Void> next() {
      if (--left > 0) {
        return again;
      }
      batch.arrive();
      return Task.done();
    }
  }

  /** What puts a task into a queue. */
  private interface Queue {
    void put(Runnable task);
  }

  /** A task that puts itself into a queue again. */
  private static final class Chain implements Runnable {
    private final Batch batch;
    private final Queue queue;
    private int left = EACH;

    Chain(Batch batch, Queue queue) {
      this.batch = batch;
      this.queue = queue;
    }

    @Override
    public void run() {
      if (--left > 0) {
        queue.put(this);
      } else {
        batch.arrive();
      }
    }
  }

  private static final class Yielding extends Coroutine.Body {
    private static final long serialVersionUID = 1L;

    private final transient Batch batch;
    private int left = EACH;

    Yielding(Continuation<? super Unit> caller, Batch batch) {
      super(caller);
      this.batch = batch;
    }

    @SuppressWarnings("unchecked") // it is resumed with whatever the yield gives, which is nothing
    private Object suspendedYield() {
      return YieldKt.yield((Continuation<Unit>) (Continuation<?>) this);
    }

    @Override
    Object proceed() {
      while (left-- > 0) {
        if (suspendedYield() == IntrinsicsKt.getCOROUTINE_SUSPENDED()) {
          return IntrinsicsKt.getCOROUTINE_SUSPENDED();
        }
      }
      batch.arrive();
      return Unit.INSTANCE;
    }
  }
}
