/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Hops to the elastic pool and home. */
class TaskBlockingTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final LoopScheduler scheduler =
      schedulers.build("checkout", b -> b.loops(1).elastic(e -> e.maxThreads(1)));

  private Object value(Task<?> task) {
    return Deadline.value(scheduler.<Object>spawn(task));
  }

  private static String threadName() {
    return Thread.currentThread().getName();
  }

  @Test
  void blocking_runsOnAnElasticThread() {
    assertThat(value(Task.blocking(TaskBlockingTest::threadName)))
        .asString()
        .startsWith("checkout-elastic-");
  }

  @Test
  void blocking_comesHomeToItsLoop() {
    assertThat(value(Task.blocking(() -> 1).map(n -> threadName()))).isEqualTo("checkout-1");
  }

  @Test
  void blocking_comesHomeAfterAnError() {
    Task<String> task =
        Task.<String>blocking(
                () -> {
                  throw new IOException("x");
                })
            .onErrorResume(e -> Task.call(TaskBlockingTest::threadName));

    assertThat(value(task)).isEqualTo("checkout-1");
  }

  @Test
  void blocking_mayReturnNull() {
    assertThat(value(Task.blocking(() -> null))).isNull();
  }

  @Test
  void blockingRun_completesWithNull() {
    var ran = new AtomicInteger();

    assertThat(value(Task.blockingRun(ran::incrementAndGet))).isNull();

    assertThat(ran).hasValue(1);
  }

  @Test
  void mapBlocking_takesTheValueAlong() {
    assertThat(value(Task.value("on ").mapBlocking(text -> text + threadName())))
        .asString()
        .startsWith("on checkout-elastic-");
  }

  @Test
  void mapBlocking_isSkippedAfterAnError() {
    var ran = new AtomicInteger();
    var failure = new IOException("x");

    Throwable error =
        Deadline.error(
            scheduler.spawn(Task.error(failure).mapBlocking(nothing -> ran.incrementAndGet())));

    assertThat(error).isSameAs(failure);
    assertThat(ran).hasValue(0);
  }

  @Test
  void blocking_isNoCallbackThread() {
    assertThat(value(Task.blocking(CallbackThread::current))).isEqualTo(java.util.Optional.empty());
  }

  @Test
  void blocking_doesNotHoldTheLoop() {
    Gate gate = schedulers.gate();
    CallbackThread<String> away = scheduler.spawn(Task.blocking(gate.before("late")));
    gate.awaitArrival();

    assertThat(value(Task.value("meanwhile"))).isEqualTo("meanwhile");
    gate.open();

    assertThat(Deadline.value(away)).isEqualTo("late");
  }

  @Test
  void cancel_whileAway_doesNotWaitForTheCall() {
    Gate gate = schedulers.gate();
    CallbackThread<String> away = scheduler.spawn(Task.blocking(gate.before("late")));
    gate.awaitArrival();

    away.cancel();

    assertThat(Deadline.outcome(away)).isInstanceOf(Outcome.Cancelled.class);
    assertThat(scheduler.stats().elastic().active()).isOne();
  }

  @Test
  void cancel_whileAway_doesNotInterruptTheCall() {
    Gate gate = schedulers.gate();
    boolean[] interrupted = new boolean[1];
    var returned = new CountDownLatch(1);
    CallbackThread<?> away =
        scheduler.spawn(
            Task.blockingRun(
                () -> {
                  gate.pass();
                  interrupted[0] = Thread.currentThread().isInterrupted();
                  returned.countDown();
                }));
    gate.awaitArrival();

    away.cancel();
    Deadline.outcome(away);
    gate.open();
    Deadline.await(returned);

    assertThat(interrupted[0]).isFalse();
  }

  @Test
  void cancel_whileQueued_doesNotRunTheCall() {
    Gate gate = schedulers.gate();
    var ran = new AtomicInteger();
    CallbackThread<String> first = scheduler.spawn(Task.blocking(gate.before("first")));
    gate.awaitArrival();
    CallbackThread<?> second = scheduler.spawn(Task.blockingRun(ran::incrementAndGet));
    Schedulers.settle(scheduler);

    second.cancel();
    Deadline.outcome(second);
    gate.open();
    Deadline.value(first);
    value(Task.blocking(() -> "third"));

    assertThat(ran).hasValue(0);
  }

  @Test
  void blocking_withinBlocking_isRefusedToNobody() {
    CallbackThread<String> outer =
        scheduler.spawn(
            Task.blocking(
                () -> {
                  CallbackThread<String> inner = scheduler.spawn(Task.value("inner"));
                  return inner.block(Deadline.LIMIT);
                }));

    assertThat(Deadline.value(outer)).isEqualTo("inner");
  }
}
