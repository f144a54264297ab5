/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.picot.AdmissionRefusedException;
import dev.picot.LoopScheduler;
import dev.picot.Outcome;
import dev.picot.SchedulerClosedException;
import dev.picot.Task;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

class CallbackMonoTest {
  @RegisterExtension private final Loops loops = new Loops();

  private final LoopScheduler scheduler =
      loops.make("mono", builder -> builder.loops(2).maxCallbackThreads(2));

  @Test
  void givesTheValueOnALoop() {
    Mono<Boolean> mono = CallbackMono.of(scheduler, Task.call(() -> 42)).map(v -> onLoop());

    StepVerifier.create(mono).expectNext(true).expectComplete().verify(Loops.PATIENCE);
  }

  private boolean onLoop() {
    return Loops.isOn(scheduler);
  }

  @Test
  void isEmptyForNull() {
    StepVerifier.create(CallbackMono.of(scheduler, Task.done()))
        .expectComplete()
        .verify(Loops.PATIENCE);
  }

  @Test
  void failsAsTheTaskDoes() {
    Mono<String> mono = CallbackMono.of(scheduler, Task.error(new IllegalStateException("why")));

    StepVerifier.create(mono)
        .expectErrorSatisfies(
            error -> assertThat(error).isInstanceOf(IllegalStateException.class).hasMessage("why"))
        .verify(Loops.PATIENCE);
  }

  @Test
  void startsOneCallbackThreadForEachSubscriber() {
    AtomicInteger runs = new AtomicInteger();
    Mono<Integer> mono = CallbackMono.of(scheduler, Task.call(runs::incrementAndGet));

    assertThat(runs).hasValue(0);
    assertThat(mono.block(Loops.PATIENCE)).isEqualTo(1);
    assertThat(mono.block(Loops.PATIENCE)).isEqualTo(2);
  }

  @Test
  void cancelsTheCallbackThreadWithTheSubscription() throws Exception {
    CountDownLatch waiting = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(1);
    AtomicReference<Outcome<?>> outcome = new AtomicReference<>();
    Task<Void> task =
        Task.run(waiting::countDown)
            .then(Task.<Void>never())
            .doFinally(
                how -> {
                  outcome.set(how);
                  ended.countDown();
                });

    Disposable subscription = CallbackMono.of(scheduler, task).subscribe();
    Loops.await(waiting);
    subscription.dispose();

    Loops.await(ended);
    assertThat(outcome.get()).isInstanceOf(Outcome.Cancelled.class);
  }

  @Test
  void signalsTheCancellationOfTheCallbackThread() {
    Task<Void> task =
        Task.run(() -> dev.picot.CallbackThread.current().orElseThrow().cancel())
            .then(Task.<Void>never());

    StepVerifier.create(CallbackMono.of(scheduler, task))
        .expectError(java.util.concurrent.CancellationException.class)
        .verify(Loops.PATIENCE);
  }

  @Test
  void signalsThatTheWorkWasRefused() {
    Disposable one = CallbackMono.of(scheduler, Task.never()).subscribe();
    Disposable two = CallbackMono.of(scheduler, Task.never()).subscribe();

    StepVerifier.create(CallbackMono.of(scheduler, Task.done()))
        .expectError(AdmissionRefusedException.class)
        .verify(Loops.PATIENCE);
    one.dispose();
    two.dispose();
  }

  @Test
  void signalsThatTheSchedulerIsClosed() {
    scheduler.close();

    StepVerifier.create(CallbackMono.of(scheduler, Task.done()))
        .expectError(SchedulerClosedException.class)
        .verify(Loops.PATIENCE);
  }

  @Test
  void refusesNull() {
    assertThatNullPointerException()
        .isThrownBy(() -> CallbackMono.of(scheduler, null))
        .withMessage("task");
    assertThatNullPointerException()
        .isThrownBy(() -> CallbackMono.of(null, Task.done()))
        .withMessage("scheduler");
    assertThatNullPointerException()
        .isThrownBy(() -> CallbackMono.blocking(null))
        .withMessage("call");
    assertThatNullPointerException()
        .isThrownBy(() -> CallbackMono.blocking(scheduler, null))
        .withMessage("call");
    assertThatNullPointerException().isThrownBy(() -> CallbackMono.home(null)).withMessage("mono");
    assertThatNullPointerException()
        .isThrownBy(() -> CallbackSchedulers.of(null))
        .withMessage("scheduler");
  }
}
