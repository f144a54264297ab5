/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit.cases;

import dev.picot.LoopScheduler;
import dev.picot.Task;
import dev.picot.junit.NoBlocking;
import dev.picot.junit.Sightings;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.NonBlocking;
import reactor.core.scheduler.Schedulers;

/** Pairs of tests that run at the same time, one of which blocks a thread that both might use. */
public final class OverlappingTestCases {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofMillis(2);

  private OverlappingTestCases() {}

  /** One of a pair. */
  @Execution(ExecutionMode.CONCURRENT)
  @NoBlocking(stallAfterMillis = 80)
  abstract static class Pair {
    private static final CyclicBarrier BOTH = new CyclicBarrier(2);

    @Test
    void blocks() throws Exception {
      BOTH.await(30, TimeUnit.SECONDS);
      block();
      BOTH.await(30, TimeUnit.SECONDS);
    }

    @Test
    void runsAtTheSameTime() throws Exception {
      BOTH.await(30, TimeUnit.SECONDS);
      BOTH.await(30, TimeUnit.SECONDS);
    }

    abstract void block() throws Exception;
  }

  /** A timer of Reactor, and what it schedules in turn. */
  public static final class OnReactor extends Pair {
    @Override
    void block() {
      Mono.delay(SHORT)
          .publishOn(Schedulers.single())
          .doOnNext(tick -> Blockers.sleep(SHORT))
          .block(PATIENCE);
    }
  }

  /** A stall on a thread of Reactor, which the watchdog finds. */
  public static final class StallOnReactor extends Pair {
    @Override
    void block() throws Exception {
      Object lock = new Object();
      CompletableFuture<Void> entered;
      synchronized (lock) {
        entered =
            Mono.<Void>fromRunnable(() -> Blockers.enter(lock))
                .subscribeOn(Schedulers.parallel())
                .toFuture();
        Sightings.await();
      }
      entered.get();
    }
  }

  /** A lock that is held for a moment, which only Flight Recorder finds. */
  public static final class LockOnReactor extends Pair {
    @Override
    void block() throws Exception {
      Locks.contend(
          enter -> Mono.fromRunnable(enter).subscribeOn(Schedulers.parallel()).subscribe());
    }
  }

  /** Callback threads of a scheduler that others use as well. */
  public static final class OnLoops extends Pair {
    private static LoopScheduler scheduler;

    @BeforeAll
    static void open() {
      scheduler = LoopScheduler.builder("shared").loops(2).build();
    }

    @AfterAll
    static void close() {
      scheduler.close();
    }

    @Override
    void block() throws Exception {
      Task<Void> child = Task.run(() -> Blockers.sleep(SHORT)).named("child");
      scheduler
          .spawn("parent", Task.fork(child).flatMap(running -> running.join()))
          .block(PATIENCE);
      scheduler
          .spawn(
              "reactor",
              Task.await(
                  Flux.just(1)
                      .publishOn(Schedulers.parallel())
                      .doOnNext(item -> Blockers.sleep(SHORT))
                      .single()))
          .block(PATIENCE);
      Locks.contend(enter -> scheduler.spawn("order", Task.run(enter::run)));
    }
  }

  /** A thread of which nobody knows for whom it works. */
  public static final class OnAThreadOfItsOwn extends Pair {
    @Override
    void block() throws Exception {
      CountDownLatch slept = new CountDownLatch(1);
      new Handler(
              () -> {
                Blockers.sleep(SHORT);
                slept.countDown();
              })
          .start();
      slept.await();
    }
  }

  /** A thread that must not block. */
  static final class Handler extends Thread implements NonBlocking {
    Handler(Runnable action) {
      super(action, "handler-0");
    }
  }
}
