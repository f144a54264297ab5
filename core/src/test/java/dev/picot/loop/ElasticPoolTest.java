/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ElasticPoolTest {
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(60);

  private final CountDownLatch gate = new CountDownLatch(1);
  private final List<ElasticPool> pools = new ArrayList<>();

  @AfterEach
  void closePools() {
    gate.countDown();
    pools.forEach(ElasticPool::closeNow);
  }

  @Test
  void runsACallOnADaemonThreadNamedAfterThePool() {
    var pool = pool(2, 2);
    var call = submit(pool, TestCall.empty());

    Deadline.await(call.ended);

    assertThat(call.runs).hasValue(1);
    assertThat(call.returns).hasValue(1);
    assertThat(call.thread().getName()).isEqualTo("checkout-elastic-1");
    assertThat(call.thread().isDaemon()).isTrue();
  }

  @Test
  void runsCallsWithTheContextClassLoaderOfItsCreator() {
    var mine = new URLClassLoader(new URL[0]);
    var before = Thread.currentThread().getContextClassLoader();
    Thread.currentThread().setContextClassLoader(mine);
    var pool = pool(1, 1);
    Thread.currentThread().setContextClassLoader(before);
    var seen = new AtomicReference<ClassLoader>();

    Deadline.await(
        submit(pool, TestCall.of(() -> seen.set(Thread.currentThread().getContextClassLoader())))
            .ended);

    assertThat(seen).hasValue(mine);
  }

  @Test
  void runsAsManyCallsAtATimeAsItMayHaveThreads() {
    var pool = pool(3, 10);
    List<TestCall> first = submit(pool, 3);
    first.forEach(call -> Deadline.await(call.started));
    List<TestCall> second = submit(pool, 2);

    assertThat(pool.stats())
        .satisfies(stats -> assertThat(stats.threads()).isEqualTo(3))
        .satisfies(stats -> assertThat(stats.active()).isEqualTo(3))
        .satisfies(stats -> assertThat(stats.queued()).isEqualTo(2))
        .satisfies(stats -> assertThat(stats.completed()).isZero());
    gate.countDown();
    first.forEach(call -> Deadline.await(call.ended));
    second.forEach(call -> Deadline.await(call.ended));
    assertThat(pool.stats().completed()).isEqualTo(5);
  }

  @Test
  void runsCallsInTheOrderInWhichTheyCame() {
    var pool = pool(1, 101);
    List<Integer> order = new ArrayList<>();
    submit(pool, TestCall.until(gate));
    for (int i = 0; i < 100; i++) {
      int number = i;
      pool.submit(TestCall.of(() -> order.add(number)));
    }
    var last = submit(pool, TestCall.empty());

    gate.countDown();
    Deadline.await(last.ended);

    assertThat(order).hasSize(100).isSorted();
  }

  @Test
  void refusesACallBeyondItsBoundAndSaysWhy() {
    var pool = pool(1, 2);
    var longest = submit(pool, TestCall.until("legacy::price", gate));
    Deadline.await(longest.started);
    submit(pool, 2);

    var refusal =
        catchThrowableOfType(ElasticPoolFullException.class, () -> pool.submit(TestCall.empty()));

    assertThat(refusal.limits()).isSameAs(pool.limits());
    assertThat(refusal.threads()).isEqualTo(1);
    assertThat(refusal.queued()).isEqualTo(2);
    assertThat(refusal.longest())
        .satisfies(call -> assertThat(call.task()).isSameAs(longest))
        .satisfies(call -> assertThat(call.thread()).isSameAs(longest.thread()))
        .satisfies(call -> assertThat(call.runningNanos()).isPositive())
        .satisfies(call -> assertThat(call.describe()).isEqualTo("legacy::price"));
    assertThat(refusal)
        .hasMessageMatching(
            "The elastic pool of 'checkout' refused a blocking call: 1/1 threads, 2/2 queued; the"
                + " longest call, legacy::price on checkout-elastic-1, has been running for \\d+"
                + " ms\\.");
    assertThat(pool.stats().rejected()).isEqualTo(1);
  }

  @Test
  void refusesWithoutALongestCallWhileNoneRuns() {
    var pool = new ElasticPool(new ElasticLimits("checkout", 1, 0, KEEP_ALIVE), start -> {});
    pool.submit(TestCall.empty());

    assertThatThrownBy(() -> pool.submit(TestCall.empty()))
        .hasMessage(
            "The elastic pool of 'checkout' refused a blocking call: 0/1 threads, 1/0 queued; no"
                + " call was seen running.");
  }

  @Test
  void acceptsAForcedCallBeyondItsBoundAndCountsIt() {
    var pool = pool(1, 0);
    submit(pool, TestCall.until(gate));
    var forced = TestCall.empty();

    pool.submitForced(forced);

    assertThatThrownBy(() -> pool.submit(TestCall.empty()))
        .isInstanceOf(ElasticPoolFullException.class);
    gate.countDown();
    Deadline.await(forced.ended);
    assertThat(forced.runs).hasValue(1);
  }

  @Test
  void hasRoomForTheNextCallWhenAnOutcomeIsSentHome() {
    var pool = pool(1, 0);
    int calls = 1_000;
    var done = new CountDownLatch(calls);

    new Object() {
      void next(int left) {
        if (left > 0) {
          var call = TestCall.empty();
          call.onReturn =
              () -> {
                done.countDown();
                next(left - 1);
              };
          pool.submit(call);
        }
      }
    }.next(calls);

    Deadline.await(done);
    assertThat(pool.stats().rejected()).isZero();
  }

  @Test
  void doesNotRunACallThatWasAbandonedInTheQueue() {
    var pool = pool(1, 2);
    submit(pool, TestCall.until(gate));
    var abandoned = submit(pool, TestCall.empty());
    var kept = submit(pool, TestCall.empty());

    abandoned.abandoned = true;
    gate.countDown();
    Deadline.await(kept.ended);

    assertThat(abandoned.runs).hasValue(0);
    assertThat(abandoned.returns).hasValue(0);
    assertThat(abandoned.rejections).hasValue(0);
    assertThat(pool.stats().completed()).isEqualTo(2);
    assertThat(pool.stats().queued()).isZero();
  }

  @Test
  void knowsItsOwnThreads() {
    var pool = pool(1, 1);
    var other = pool(1, 1);
    var own = new AtomicBoolean();
    var others = new AtomicBoolean();

    Deadline.await(submit(pool, TestCall.of(() -> own.set(pool.onElasticThread()))).ended);
    Deadline.await(submit(other, TestCall.of(() -> others.set(pool.onElasticThread()))).ended);

    assertThat(own).isTrue();
    assertThat(others).isFalse();
    assertThat(pool.onElasticThread()).isFalse();
  }

  @Test
  void listsTheCallsThatRun() {
    var pool = pool(2, 2);
    var price = submit(pool, TestCall.until("price", gate));
    Deadline.await(price.started);
    var stock = submit(pool, TestCall.until("stock", gate));
    Deadline.await(stock.started);

    assertThat(pool.running())
        .extracting(ElasticCall::describe)
        .containsExactlyInAnyOrder("price", "stock");
    assertThat(pool.stats().longestRunningNanos()).isPositive();
    gate.countDown();
    Deadline.await(price.ended);
    Deadline.await(stock.ended);
    assertThat(pool.running()).isEmpty();
  }

  @Test
  void startsACallWithoutTheInterruptThatItsPredecessorLeft() {
    var pool = pool(1, 10);
    var seen = new AtomicBoolean();
    submit(pool, TestCall.until(gate));
    Runnable look = () -> seen.compareAndSet(false, Thread.currentThread().isInterrupted());
    var interrupted = TestCall.of(() -> Thread.currentThread().interrupt());
    interrupted.onReturn = look;
    pool.submit(interrupted);
    var next = submit(pool, TestCall.of(look));

    gate.countDown();
    Deadline.await(next.ended);

    assertThat(seen).isFalse();
    assertThat(next.thread()).isSameAs(interrupted.thread());
  }

  @Test
  void endsAThreadThatRestedForTheKeepAliveTimeAndStartsAnotherOnDemand() {
    var pool = pool(2, 2, Duration.ofMillis(10));
    var call = submit(pool, TestCall.empty());
    Deadline.await(call.ended);

    Deadline.join(call.thread());

    assertThat(pool.stats().threads()).isZero();
    var next = submit(pool, TestCall.empty());
    Deadline.await(next.ended);
    assertThat(next.thread()).isNotSameAs(call.thread());
    assertThat(next.thread().getName()).isEqualTo("checkout-elastic-1");
  }

  @Test
  void endsARestingThreadInSpiteOfInterrupts() {
    var pool = pool(1, 1, Duration.ofMillis(20));
    var call = submit(pool, TestCall.empty());
    Deadline.await(call.ended);

    call.thread().interrupt();

    Deadline.join(call.thread());
  }

  @Test
  void keepsTheThreadOfACallThatThrows() {
    var pool = pool(1, 10);
    var uncaught = new AtomicReference<Throwable>();
    var failure = new StackOverflowError("on purpose");
    submit(pool, TestCall.until(gate));
    var throwing =
        submit(
            pool,
            TestCall.of(
                () -> {
                  Thread.currentThread()
                      .setUncaughtExceptionHandler((thread, e) -> uncaught.set(e));
                  throw failure;
                }));
    var next = submit(pool, TestCall.empty());

    gate.countDown();
    Deadline.await(next.ended);

    assertThat(throwing.returns).hasValue(1);
    assertThat(next.thread()).isSameAs(throwing.thread());
    assertThat(uncaught).hasValue(failure);
  }

  @Test
  void replacesAThreadThatDied() {
    var pool = pool(1, 10);
    submit(pool, TestCall.until(gate));
    var deadly =
        submit(
            pool,
            TestCall.of(
                () -> {
                  Thread.currentThread()
                      .setUncaughtExceptionHandler(
                          (thread, e) -> {
                            thread.setUncaughtExceptionHandler((again, dying) -> {});
                            throw new IllegalStateException("handler, on purpose");
                          });
                  throw new IllegalStateException("on purpose");
                }));
    var next = submit(pool, TestCall.empty());

    gate.countDown();
    Deadline.await(next.ended);
    Deadline.join(deadly.thread());

    assertThat(deadly.returns).hasValue(1);
    assertThat(next.runs).hasValue(1);
    assertThat(next.thread()).isNotSameAs(deadly.thread());
    assertThat(next.thread().getName()).isEqualTo("checkout-elastic-1");
    assertThat(pool.stats().threads()).isEqualTo(1);
  }

  private ElasticPool pool(int maxThreads, int maxQueued) {
    return pool(maxThreads, maxQueued, KEEP_ALIVE);
  }

  private ElasticPool pool(int maxThreads, int maxQueued, Duration keepAlive) {
    var limits = new ElasticLimits("checkout", maxThreads, maxQueued, keepAlive);
    var pool = new ElasticPool(limits, Runnable::run);
    pools.add(pool);
    return pool;
  }

  private static TestCall submit(ElasticPool pool, TestCall call) {
    pool.submit(call);
    return call;
  }

  /** Submits calls that block until the end of the test or until it opens the gate. */
  private List<TestCall> submit(ElasticPool pool, int calls) {
    List<TestCall> submitted = new ArrayList<>();
    for (int i = 0; i < calls; i++) {
      submitted.add(submit(pool, TestCall.until(gate)));
    }
    return submitted;
  }
}
