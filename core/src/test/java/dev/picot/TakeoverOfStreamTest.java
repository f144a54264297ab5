/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static dev.picot.Takeovers.LONG;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A stream gets stuck: in the subscriber's onNext, or in its own step. */
class TakeoverOfStreamTest {
  private static final Duration TAKEOVER_AFTER = Duration.ofMillis(100);
  private static final Duration FAIL_AFTER = Duration.ofMillis(300);

  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final StuckStep stuck = new StuckStep();
  private final CompletableFuture<CallbackThread<?>> emitting = new CompletableFuture<>();

  /** Gets stuck in the first onNext. */
  private final TestSubscriber<String> subscriber =
      new TestSubscriber<>() {
        @Override
        public void onNext(String value) {
          enter("next " + value);
          if (signals.size() == 1) {
            try {
              stuck.run();
            } catch (Exception e) {
              throw new AssertionError(e);
            }
          }
          leave();
        }
      };

  @BeforeEach
  void load() throws Exception {
    Takeovers.warmUp();
  }

  @AfterEach
  void letGo() {
    stuck.release();
  }

  private LoopScheduler scheduler(Duration failAfter) {
    return schedulers.build(
        "streams",
        b ->
            b.loops(1)
                .watchdog(
                    w ->
                        w.takeoverAfter(TAKEOVER_AFTER)
                            .failAfter(failAfter)
                            .quiet(Duration.ofDays(1))));
  }

  private Task<Void> twoValues(Emitter<String> emitter) {
    emitting.complete(CallbackThread.current().orElseThrow());
    return emitter.emit("a").then(emitter.emit("b"));
  }

  @Test
  void stuckInOnNext_theOthersGoOn_andItContinuesInOrderWhenItReturns() throws Exception {
    LoopScheduler scheduler = scheduler(LONG);
    scheduler.stream(this::twoValues).subscribe(subscriber);
    Takeovers.untilDetached(scheduler, Deadline.get(emitting));

    subscriber.subscription().request(1);
    assertThat(scheduler.spawn(Task.value("alive")).block(LONG)).isEqualTo("alive");
    assertThat(subscriber.signals).containsExactly("next a");
    stuck.release();

    assertThat(subscriber.end()).containsExactly("next a", "next b", "complete");
    Takeovers.until(scheduler, "it is back", () -> scheduler.stats().detached() == 0);
  }

  @Test
  void stuckInOnNextUntilItFails_isSignalledNothingMore() throws Exception {
    LoopScheduler scheduler = scheduler(FAIL_AFTER);
    CountDownLatch finalized = new CountDownLatch(1);
    scheduler.<String>stream(
            emitter -> twoValues(emitter).doFinally(outcome -> finalized.countDown()))
        .subscribe(subscriber);
    CallbackThread<?> thread = Deadline.get(emitting);

    assertThat(Deadline.error(thread)).isInstanceOf(LoopStalledException.class);
    Deadline.await(finalized);
    assertThat(schedulers.log().takeError("stuck in onNext").error())
        .isInstanceOf(LoopStalledException.class);
    subscriber.subscription().request(5);
    stuck.releaseAndAwait();
    stuck.thread().join(LONG.toMillis());
    Schedulers.settle(scheduler);

    assertThat(subscriber.signals).containsExactly("next a");
  }

  @Test
  void stuckInOnNext_andCancelled_isSignalledNothingMore() throws Exception {
    LoopScheduler scheduler = scheduler(LONG);
    scheduler.stream(this::twoValues).subscribe(subscriber);
    CallbackThread<?> thread = Deadline.get(emitting);
    Takeovers.untilDetached(scheduler, thread);
    subscriber.subscription().request(1);

    subscriber.subscription().cancel();

    assertThat(Deadline.error(thread)).isInstanceOf(LoopStalledException.class);
    stuck.releaseAndAwait();
    stuck.thread().join(LONG.toMillis());
    Schedulers.settle(scheduler);
    assertThat(subscriber.signals).containsExactly("next a");
  }

  @Test
  void stuckInOnNext_andIllegallyRequested_isSignalledNothingMore() throws Exception {
    LoopScheduler scheduler = scheduler(LONG);
    scheduler.stream(this::twoValues).subscribe(subscriber);
    CallbackThread<?> thread = Deadline.get(emitting);
    Takeovers.untilDetached(scheduler, thread);

    subscriber.subscription().request(0);

    assertThat(Deadline.error(thread)).isInstanceOf(LoopStalledException.class);
    assertThat(schedulers.log().takeError("stuck in onNext").error())
        .isInstanceOf(LoopStalledException.class);
    stuck.releaseAndAwait();
    stuck.thread().join(LONG.toMillis());
    assertThat(subscriber.signals).containsExactly("next a");
  }

  @Test
  void stuckInItsOwnStepUntilItFails_isSignalledTheError_andNoLateValue() throws Exception {
    LoopScheduler scheduler = scheduler(FAIL_AFTER);
    TestSubscriber<String> other = TestSubscriber.withoutDemand();
    scheduler.<String>stream(
            emitter -> emitter.emit("a").then(Task.run(stuck)).then(emitter.emit("late")))
        .subscribe(other);
    other.subscription().request(Long.MAX_VALUE);

    assertThat(other.error()).isInstanceOf(LoopStalledException.class);
    stuck.releaseAndAwait();
    stuck.thread().join(LONG.toMillis());

    assertThat(other.signals).hasSize(2).startsWith("next a");
  }

  @Test
  void stuckInOnComplete_isDetachedAndNeverFailed() throws Exception {
    LoopScheduler scheduler = scheduler(FAIL_AFTER);
    CountDownLatch returned = new CountDownLatch(1);
    var last =
        new TestSubscriber<String>() {
          @Override
          public void onComplete() {
            try {
              stuck.run();
            } catch (Exception e) {
              throw new AssertionError(e);
            }
            super.onComplete();
            returned.countDown();
          }
        };
    scheduler.<String>stream(emitter -> Task.done()).subscribe(last);
    stuck.awaitEntered();
    Takeovers.until(scheduler, "it is detached", () -> scheduler.stats().detached() == 1);

    assertThat(scheduler.spawn(Task.value("alive")).block(LONG)).isEqualTo("alive");
    stuck.release();

    Deadline.await(returned);
    assertThat(last.signals).containsExactly("complete");
  }
}
