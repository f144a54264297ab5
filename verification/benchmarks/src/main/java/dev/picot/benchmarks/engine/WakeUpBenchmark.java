/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.engine;

import dev.picot.AsyncSink;
import dev.picot.LoopScheduler;
import dev.picot.Task;
import dev.picot.benchmarks.Batch;
import dev.picot.benchmarks.VirtualThreads;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import reactor.core.scheduler.Scheduler;

/**
 * P5: a ball goes to and fro between two loops, {@value #WAKE_UPS} times; each has nothing else to
 * do, so most throws wake a thread.
 *
 * <p>{@code callbackThreads} throws it from one waiting callback thread to another, {@code execute}
 * as a task of our executor, as Netty and Reactor do.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class WakeUpBenchmark {
  private static final int WAKE_UPS = 10_000;

  /** Ours. */
  @State(Scope.Benchmark)
  public static class Ours {
    private final LoopScheduler left = Schedulers.oneLoop("left");
    private final LoopScheduler right = Schedulers.oneLoop("right");

    /** Ends it. */
    @TearDown
    public void end() {
      left.close();
      right.close();
    }
  }

  /** Reactor. */
  @State(Scope.Benchmark)
  public static class Reactor {
    private final Scheduler left = reactor.core.scheduler.Schedulers.newSingle("left");
    private final Scheduler right = reactor.core.scheduler.Schedulers.newSingle("right");

    /** Ends it. */
    @TearDown
    public void end() {
      left.dispose();
      right.dispose();
    }
  }

  /** Two callback threads that wait for each other. */
  @Benchmark
  @OperationsPerInvocation(WAKE_UPS)
  public void callbackThreads(Ours ours) throws InterruptedException {
    Batch batch = new Batch();
    batch.begin(2);
    Hand left = new Hand();
    Hand right = new Hand();
    var unused = ours.left.spawn(new Player(left, right, batch).again);
    unused = ours.right.spawn(new Player(right, left, batch).again);
    left.give();
    batch.await();
  }

  /** Two executors. */
  @Benchmark
  @OperationsPerInvocation(WAKE_UPS)
  public void execute(Ours ours) throws InterruptedException {
    toAndFro(ours.left.executor(), ours.right.executor());
  }

  /** Two event loops. */
  @Benchmark
  @OperationsPerInvocation(WAKE_UPS)
  public void nettyExecute(NettyLoops netty) throws InterruptedException {
    toAndFro(netty.left, netty.right);
  }

  /** Two single schedulers. */
  @Benchmark
  @OperationsPerInvocation(WAKE_UPS)
  public void reactorSchedule(Reactor reactor) throws InterruptedException {
    toAndFro(reactor.left::schedule, reactor.right::schedule);
  }

  /** Two virtual threads that park and unpark each other. */
  @Benchmark
  @OperationsPerInvocation(WAKE_UPS)
  public void virtualThreads() throws InterruptedException {
    AtomicReference<Thread> turn = new AtomicReference<>();
    Thread[] both = new Thread[2];
    for (int i = 0; i < 2; i++) {
      int me = i;
      both[i] =
          VirtualThreads.start(
              () -> {
                for (int round = 0; round < WAKE_UPS / 2; round++) {
                  while (turn.get() != Thread.currentThread()) {
                    LockSupport.park();
                  }
                  Thread next = both[1 - me];
                  turn.set(next);
                  LockSupport.unpark(next);
                }
              });
    }
    turn.set(both[0]);
    LockSupport.unpark(both[0]);
    both[0].join();
    both[1].join();
  }

  private static void toAndFro(Executor left, Executor right) throws InterruptedException {
    Batch batch = new Batch();
    batch.begin(1);
    left.execute(new Ball(left, right, batch));
    batch.await();
  }

  private static final class Ball implements Runnable {
    private final Executor left;
    private final Executor right;
    private final Batch batch;
    private int throwsLeft = WAKE_UPS;

    Ball(Executor left, Executor right, Batch batch) {
      this.left = left;
      this.right = right;
      this.batch = batch;
    }

    @Override
    public void run() {
      if (--throwsLeft == 0) {
        batch.arrive();
      } else {
        (throwsLeft % 2 == 0 ? left : right).execute(this);
      }
    }
  }

  /** Holds the ball, or who waits for it. */
  private static final class Hand {
    private static final Object BALL = new Object();

    private final AtomicReference<Object> state = new AtomicReference<>();
    private final Task<Void> take = Task.async(this::waits);

    private void waits(AsyncSink<Void> sink) {
      if (!state.compareAndSet(null, sink)) {
        state.set(null);
        give(sink);
      }
    }

    @SuppressWarnings("unchecked") // what is not the ball is a sink
    void give() {
      if (!state.compareAndSet(null, BALL)) {
        give((AsyncSink<Void>) state.getAndSet(null));
      }
    }

    private static void give(AsyncSink<Void> sink) {
      if (!sink.success(null)) {
        throw new IllegalStateException("nobody waits for the ball");
      }
    }
  }

  private static final class Player {
    private final Task<Void> again;
    private final Hand partner;
    private final Batch batch;
    private int left = WAKE_UPS / 2;

    Player(Hand own, Hand partner, Batch batch) {
      this.again = own.take.flatMap(ball -> throwIt());
      this.partner = partner;
      this.batch = batch;
    }

    private Task<Void> throwIt() {
      partner.give();
      if (--left > 0) {
        return again;
      }
      batch.arrive();
      return Task.done();
    }
  }
}
