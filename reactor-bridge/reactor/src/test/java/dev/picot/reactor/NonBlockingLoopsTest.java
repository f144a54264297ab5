/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.picot.LoopScheduler;
import dev.picot.Task;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Which threads Reactor takes for non-blocking. */
class NonBlockingLoopsTest {
  @RegisterExtension private final Loops loops = new Loops();
  @RegisterExtension private final LogCapture log = new LogCapture();

  private final LoopScheduler scheduler = loops.make("checkout", builder -> builder.loops(1));

  @AfterEach
  void register() {
    NonBlockingLoops.register();
  }

  private boolean isNonBlocking(Task<Boolean> task) throws Exception {
    return isNonBlocking(scheduler, task);
  }

  private static boolean isNonBlocking(LoopScheduler scheduler, Task<Boolean> task)
      throws Exception {
    return scheduler.spawn(task).block(Loops.PATIENCE);
  }

  private static final Callable<Boolean> HERE = Schedulers::isInNonBlockingThread;

  @Test
  void aLoopIsNonBlockingAndAnElasticThreadIsNot() throws Exception {
    CallbackSchedulers.of(scheduler);

    assertThat(isNonBlocking(Task.call(HERE))).isTrue();
    assertThat(isNonBlocking(Task.blocking(HERE))).isFalse();
  }

  @Test
  void blockIsRefusedOnALoop() {
    CallbackSchedulers.of(scheduler);
    Mono<Long> delayed = Mono.delay(Duration.ofMillis(1));

    assertThatIllegalStateException()
        .isThrownBy(() -> scheduler.spawn(Task.call(delayed::block)).block(Loops.PATIENCE))
        .withMessageContaining("not supported in thread checkout-1");
  }

  @Test
  void survivesAResetOfThePredicates() throws Exception {
    CallbackSchedulers.of(scheduler);

    Schedulers.resetNonBlockingThreadPredicate();
    assertThat(isNonBlocking(Task.call(HERE))).isFalse();
    CallbackMono.of(scheduler, Task.done());

    assertThat(isNonBlocking(Task.call(HERE))).isTrue();
  }

  @Test
  void aThreadWhoseLoopWasTakenOverMayBlockAgain() throws Exception {
    LoopScheduler taken = // once, and not again while the machine pauses
        loops.make(
            "taken",
            builder -> builder.loops(1).watchdog(w -> w.takeoverAfter(Duration.ofMillis(1_500))));
    CallbackSchedulers.of(taken);
    CountDownLatch gate = new CountDownLatch(1);
    var stuck =
        taken.spawn(
            Task.call(
                () -> {
                  Blockers.pass(gate);
                  return HERE.call();
                }));

    assertThat(isNonBlocking(taken, Task.call(HERE))).as("on the new owner").isTrue();
    gate.countDown();

    assertThat(stuck.block(Loops.PATIENCE)).as("on the old one").isFalse();
  }
}
