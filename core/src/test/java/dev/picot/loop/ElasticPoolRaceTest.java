/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ElasticPoolRaceTest {

  @RepeatedTest(20)
  void acceptsExactlyAsManyCallsAsItMayUnderRacingSubmitters() {
    var gate = new CountDownLatch(1);
    var pool = pool(2, 5, Duration.ofSeconds(60));
    Queue<TestCall> accepted = new ConcurrentLinkedQueue<>();
    var refused = new AtomicInteger();

    race(
        8,
        submitter -> {
          for (int i = 0; i < 50; i++) {
            var call = TestCall.until(gate);
            try {
              pool.submit(call);
              accepted.add(call);
            } catch (ElasticPoolFullException e) {
              refused.incrementAndGet();
            }
          }
        });

    assertThat(accepted).hasSize(7);
    assertThat(refused).hasValue(8 * 50 - 7);
    assertThat(pool.stats().rejected()).isEqualTo(8 * 50 - 7);
    gate.countDown();
    accepted.forEach(call -> Deadline.await(call.ended));
    pool.close();
  }

  @RepeatedTest(5)
  void neverHoldsMoreCallsThanItMayWhileTheyComeAndGo() {
    var pool = pool(3, 4, Duration.ofSeconds(60));
    var present = new AtomicInteger();
    var most = new AtomicInteger();
    Queue<TestCall> accepted = new ConcurrentLinkedQueue<>();

    race(
        8,
        submitter -> {
          for (int i = 0; i < 2_000; i++) {
            // Counted after the pool counts it, and not any more before the pool forgets it.
            var counted = new CountDownLatch(1);
            var call =
                TestCall.of(
                    () -> {
                      Deadline.await(counted);
                      present.decrementAndGet();
                    });
            try {
              pool.submit(call);
              most.accumulateAndGet(present.incrementAndGet(), Math::max);
              counted.countDown();
              accepted.add(call);
            } catch (ElasticPoolFullException e) {
              Thread.onSpinWait();
            }
          }
        });

    accepted.forEach(call -> Deadline.await(call.ended));
    assertThat(most.get()).isBetween(1, 7);
    assertThat(pool.stats().completed()).isEqualTo(accepted.size());
    pool.close();
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, 60000000, 100000",
    "1, 2, 60000000, 100000",
    "4, 1, 60000000, 100000",
    "4, 2, 60000000, 100000",
    "4, 8, 60000000, 100000",
    "1, 2, 1,         10000",
    "4, 2, 1,         20000",
    "4, 8, 50,        20000",
    "4, 8, 1000,      20000",
  })
  void runsEveryCallOnceAndSoonWhileThreadsRestWakeAndEnd(
      int submitters, int maxThreads, int keepAliveMicros, int calls) {
    var pool = pool(maxThreads, calls, Duration.ofNanos(keepAliveMicros * 1_000L));
    int maxBurst = submitters == 1 ? 2 : 16;
    long seed = new SplittableRandom().nextLong();
    Queue<TestCall> all = new ConcurrentLinkedQueue<>();

    try {
      race(
          submitters,
          submitter -> {
            var random = new SplittableRandom(seed + submitter);
            for (int left = calls / submitters; left > 0; ) {
              List<TestCall> burst = new ArrayList<>();
              for (int size = Math.min(left, 1 + random.nextInt(maxBurst)); size > 0; size--) {
                burst.add(TestCall.empty());
              }
              burst.forEach(pool::submit);
              burst.forEach(call -> Deadline.await(call.ended));
              all.addAll(burst);
              left -= burst.size();
            }
          });
    } catch (AssertionError e) {
      throw new AssertionError("seed: " + seed + "L, " + pool.stats(), e);
    }

    assertThat(all).hasSize(calls).allMatch(call -> call.runs.get() == 1);
    assertThat(pool.stats().completed()).isEqualTo(calls);
    assertThat(pool.stats().queued()).isZero();
    pool.close();
  }

  @RepeatedTest(50)
  void runsCallsThatBlockEachOtherSideBySide() {
    int calls = 8;
    var pool = pool(calls, calls, Duration.ofSeconds(60));
    warmUp(pool, calls);
    var meeting = new CountDownLatch(calls);
    Queue<TestCall> all = new ConcurrentLinkedQueue<>();

    race(
        2,
        submitter -> {
          for (int i = 0; i < calls / 2; i++) {
            var call =
                TestCall.of(
                    () -> {
                      meeting.countDown();
                      Deadline.await(meeting);
                    });
            pool.submit(call);
            all.add(call);
          }
        });

    all.forEach(call -> Deadline.await(call.ended));
    assertThat(meeting.getCount()).isZero();
    pool.close();
  }

  @RepeatedTest(200)
  void bringsEveryCallToOneEndWhenItIsClosedAtOnceMeanwhile() {
    var pool = pool(2, 1_000, Duration.ofSeconds(60));
    Queue<TestCall> accepted = new ConcurrentLinkedQueue<>();

    race(
        3,
        submitter -> {
          if (submitter == 0) {
            pool.closeNow();
            return;
          }
          for (int i = 0; i < 50; i++) {
            var call = TestCall.empty();
            try {
              if (submitter == 1) {
                pool.submit(call);
              } else {
                pool.submitForced(call);
              }
              accepted.add(call);
            } catch (ElasticPoolClosedException e) {
              return;
            }
          }
        });

    accepted.forEach(call -> Deadline.await(call.ended));
    assertThat(accepted)
        .allMatch(call -> call.runs.get() + call.rejections.get() == 1)
        .allMatch(call -> call.runs.get() == call.returns.get());
  }

  @RepeatedTest(200)
  void rejectsACallThatArrivesWhileItIsClosedAtOnceAndNoThreadIsFree() {
    var gate = new CountDownLatch(1);
    var pool = pool(1, 1_000, Duration.ofSeconds(60));
    var blocking = TestCall.until(gate);
    pool.submit(blocking);
    Deadline.await(blocking.started);
    Queue<TestCall> accepted = new ConcurrentLinkedQueue<>();

    race(
        3,
        submitter -> {
          if (submitter == 0) {
            pool.closeNow();
            return;
          }
          for (int i = 0; i < 50; i++) {
            var call = TestCall.empty();
            try {
              pool.submit(call);
              accepted.add(call);
            } catch (ElasticPoolClosedException e) {
              return;
            }
          }
        });

    assertThat(accepted).allMatch(call -> call.rejections.get() == 1);
    gate.countDown();
    Deadline.join(blocking.thread());
  }

  private static ElasticPool pool(int maxThreads, int maxQueued, Duration keepAlive) {
    var limits = new ElasticLimits("race", maxThreads, maxQueued, keepAlive);
    return new ElasticPool(limits, Runnable::run);
  }

  private static void warmUp(ElasticPool pool, int threads) {
    var gate = new CountDownLatch(1);
    List<TestCall> calls = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      var call = TestCall.until(gate);
      pool.submit(call);
      calls.add(call);
    }
    calls.forEach(call -> Deadline.await(call.started));
    gate.countDown();
    calls.forEach(call -> Deadline.await(call.ended));
  }

  /** Runs the body on so many threads, which begin together, and throws what one of them threw. */
  private static void race(int threads, Body body) {
    var barrier = new CyclicBarrier(threads);
    var done = new CountDownLatch(threads);
    var failure = new AtomicReference<Throwable>();
    for (int i = 0; i < threads; i++) {
      int number = i;
      var thread =
          new Thread(
              () -> {
                try {
                  barrier.await();
                  body.run(number);
                } catch (Throwable e) {
                  failure.compareAndSet(null, e);
                } finally {
                  done.countDown();
                }
              },
              "racer-" + i);
      thread.setDaemon(true);
      thread.start();
    }
    Deadline.awaitLong(done);
    if (failure.get() != null) {
      throw new AssertionError(failure.get());
    }
  }

  private interface Body {
    void run(int number) throws Exception;
  }
}
