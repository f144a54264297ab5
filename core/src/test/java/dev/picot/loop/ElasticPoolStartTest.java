/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ElasticPoolStartTest {
  private final CountDownLatch gate = new CountDownLatch(1);
  private final Starter starter = new Starter();
  private final ElasticPool pool =
      new ElasticPool(new ElasticLimits("checkout", 2, 10, Duration.ofSeconds(60)), starter);

  @AfterEach
  void close() {
    gate.countDown();
    pool.closeNow();
  }

  @Test
  void leavesTheStartOfThreadsToTheStarter() {
    var call = submit(TestCall.empty());

    assertThat(starter.requests).hasSize(1);
    assertThat(pool.stats().threads()).isZero();
    assertThat(call.started.getCount()).isOne();
    starter.runAll();
    Deadline.await(call.ended);
    assertThat(call.runs).hasValue(1);
  }

  @Test
  void asksForNoMoreThreadsThanThereMayBe() {
    List<TestCall> calls = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      calls.add(submit(TestCall.empty()));
    }

    assertThat(starter.requests).hasSize(2);
    starter.runAll();
    calls.forEach(call -> Deadline.await(call.ended));
  }

  @Test
  void startsNoThreadIfTheCallWasTakenInTheMeantime() {
    var first = submit(TestCall.until(gate));
    starter.runAll();
    Deadline.await(first.started);
    var second = submit(TestCall.empty());
    gate.countDown();
    Deadline.await(second.ended);

    starter.runAll();

    assertThat(second.thread()).isSameAs(first.thread());
    assertThat(pool.stats().threads()).isEqualTo(1);
  }

  @Test
  void keepsWhatIsQueuedWhileAnotherThreadIsOnItsWay() {
    var first = submit(TestCall.empty());
    starter.failure = new OutOfMemoryError("on purpose");
    var second = submit(TestCall.empty());

    assertThat(first.rejections).hasValue(0);
    assertThat(second.rejections).hasValue(0);
    assertThat(pool.stats().startFailures()).isEqualTo(1);
    assertThat(pool.lastStartFailure()).isSameAs(starter.failure);
    starter.runAll();
    Deadline.await(second.ended);
    assertThat(first.runs).hasValue(1);
    assertThat(second.runs).hasValue(1);
  }

  @Test
  void rejectsACallWithTheCauseIfThereIsNoOtherThread() {
    starter.failure = new OutOfMemoryError("unable to create native thread, on purpose");

    var call = submit(TestCall.empty());

    assertThat(call.runs).hasValue(0);
    assertThat(call.rejections).hasValue(1);
    assertThat(call.reason())
        .isInstanceOf(ElasticStartFailedException.class)
        .hasCause(starter.failure)
        .hasMessageStartingWith("The elastic pool of 'checkout' did not run a blocking call")
        .hasMessageContaining("unable to create native thread");
    assertThat(pool.stats().queued()).isZero();
  }

  @Test
  void startsAThreadForTheNextCallAfterAFailure() {
    starter.failure = new OutOfMemoryError("on purpose");
    submit(TestCall.empty());
    starter.failure = null;

    var call = submit(TestCall.empty());
    starter.runAll();
    Deadline.await(call.ended);

    assertThat(call.runs).hasValue(1);
  }

  @Test
  void letsACallWaitForAnotherThreadIfItsOwnCannotBeStarted() {
    var first = submit(TestCall.until(gate));
    starter.runAll();
    Deadline.await(first.started);
    starter.failure = new OutOfMemoryError("on purpose");
    var second = submit(TestCall.empty());
    assertThat(second.rejections).hasValue(0);

    gate.countDown();
    Deadline.await(second.ended);

    assertThat(second.runs).hasValue(1);
    assertThat(second.thread()).isSameAs(first.thread());
  }

  @Test
  void triesAgainWhenAskedTo() {
    var first = submit(TestCall.until(gate));
    starter.runAll();
    Deadline.await(first.started);
    starter.failure = new OutOfMemoryError("on purpose");
    var second = submit(TestCall.empty());
    starter.failure = null;

    pool.retryStarts();
    starter.runAll();
    Deadline.await(second.ended);

    assertThat(second.runs).hasValue(1);
    assertThat(first.ended.getCount()).isOne();
  }

  @Test
  void asksForNothingWhenNothingIsQueued() {
    pool.retryStarts();

    assertThat(starter.requests).isEmpty();
  }

  private TestCall submit(TestCall call) {
    pool.submit(call);
    return call;
  }

  private static final class Starter implements Executor {
    final Queue<Runnable> requests = new ArrayDeque<>();

    /** Thrown instead of taking a request, if not null. */
    @Nullable Error failure;

    @Override
    public void execute(Runnable start) {
      if (failure != null) {
        throw failure;
      }
      requests.add(start);
    }

    void runAll() {
      for (Runnable request = requests.poll(); request != null; request = requests.poll()) {
        request.run();
      }
    }
  }
}
