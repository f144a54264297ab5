/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class ElasticPoolClosingTest {
  private final CountDownLatch gate = new CountDownLatch(1);
  private final ElasticPool pool =
      new ElasticPool(new ElasticLimits("checkout", 2, 10, Duration.ofSeconds(60)), Runnable::run);

  @AfterEach
  void open() {
    gate.countDown();
    pool.closeNow();
  }

  @Test
  void closed_refusesACall() {
    pool.close();

    assertThatThrownBy(() -> pool.submit(TestCall.empty()))
        .isInstanceOf(ElasticPoolClosedException.class)
        .hasMessageStartingWith("The elastic pool of 'checkout' did not run a blocking call");
    assertThat(pool.stats().rejected()).isZero();
  }

  @Test
  void closed_runsWhatIsQueuedAndThenEndsItsThreads() {
    List<TestCall> calls = submit(6);
    calls.subList(0, 2).forEach(call -> Deadline.await(call.started));

    pool.close();
    gate.countDown();
    calls.forEach(call -> Deadline.await(call.ended));
    calls.forEach(call -> Deadline.join(call.thread()));

    assertThat(calls).allSatisfy(call -> assertThat(call.runs).hasValue(1));
    assertThat(pool.stats().threads()).isZero();
  }

  @RepeatedTest(50)
  void closed_endsIdleThreads() {
    var call = TestCall.empty();
    pool.submit(call);
    Deadline.await(call.ended);

    pool.close();

    Deadline.join(call.thread());
  }

  @Test
  void closed_stillAcceptsAForcedCall() {
    pool.close();
    var forced = TestCall.empty();

    pool.submitForced(forced);

    Deadline.await(forced.ended);
    assertThat(forced.runs).hasValue(1);
    Deadline.join(forced.thread());
  }

  @Test
  void closedNow_refusesEveryCall() {
    pool.closeNow();

    assertThatThrownBy(() -> pool.submit(TestCall.empty()))
        .isInstanceOf(ElasticPoolClosedException.class);
    assertThatThrownBy(() -> pool.submitForced(TestCall.empty()))
        .isInstanceOf(ElasticPoolClosedException.class);
    assertThat(pool.stats().queued()).isZero();
  }

  @Test
  void closedNow_rejectsWhatIsQueuedAndLetsWhatRunsReturn() {
    List<TestCall> running = submit(2);
    running.forEach(call -> Deadline.await(call.started));
    List<TestCall> queued = submit(5);

    pool.closeNow();

    assertThat(queued)
        .allSatisfy(call -> assertThat(call.rejections).hasValue(1))
        .allSatisfy(call -> assertThat(call.runs).hasValue(0))
        .allSatisfy(
            call -> assertThat(call.reason()).isInstanceOf(ElasticPoolClosedException.class));
    assertThat(running).allSatisfy(call -> assertThat(call.thread().isInterrupted()).isFalse());
    gate.countDown();
    running.forEach(call -> Deadline.join(call.thread()));
    assertThat(running).allSatisfy(call -> assertThat(call.returns).hasValue(1));
    assertThat(pool.stats().threads()).isZero();
  }

  @Test
  void closedNow_runsNothingMoreWhileItRejects() {
    List<TestCall> running = submit(2);
    running.forEach(call -> Deadline.await(call.started));
    List<TestCall> queued = submit(3);
    queued.get(0).onReject =
        () -> {
          gate.countDown();
          running.forEach(call -> Deadline.join(call.thread()));
        };

    pool.closeNow();

    assertThat(queued)
        .allSatisfy(call -> assertThat(call.rejections).hasValue(1))
        .allSatisfy(call -> assertThat(call.runs).hasValue(0));
  }

  @Test
  void closedNow_afterClosed_rejectsWhatIsStillQueued() {
    List<TestCall> calls = submit(2);
    calls.forEach(call -> Deadline.await(call.started));
    var queued = submit(1).get(0);
    pool.close();
    assertThat(queued.rejections).hasValue(0);

    pool.closeNow();
    pool.closeNow();

    assertThat(queued.rejections).hasValue(1);
  }

  @Test
  void closedNow_tellsEveryCallEvenIfOneThrows() {
    submit(2).forEach(call -> Deadline.await(call.started));
    var uncaught = new AtomicReference<Throwable>();
    pool.submit(
        new ElasticTask() {
          @Override
          protected void run() {}

          @Override
          protected void rejected(RuntimeException reason) {
            throw new IllegalStateException("on purpose");
          }

          @Override
          protected String describe() {
            return "throwing";
          }
        });
    var behind = submit(1).get(0);
    var thread = Thread.currentThread();
    var handler = thread.getUncaughtExceptionHandler();
    thread.setUncaughtExceptionHandler((where, e) -> uncaught.set(e));

    pool.closeNow();
    thread.setUncaughtExceptionHandler(handler);

    assertThat(behind.rejections).hasValue(1);
    assertThat(uncaught.get()).hasMessage("on purpose");
  }

  private List<TestCall> submit(int calls) {
    List<TestCall> submitted = new ArrayList<>();
    for (int i = 0; i < calls; i++) {
      var call = TestCall.until(gate);
      pool.submit(call);
      submitted.add(call);
    }
    return submitted;
  }
}
