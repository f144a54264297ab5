/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.LoopScheduler;
import dev.picot.ManualLoops;
import dev.picot.Task;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** {@code StepVerifier.withVirtualTime}: drives no loop, and says so. */
class VirtualTimeTest {
  private static final Duration HOUR = Duration.ofHours(1);

  @RegisterExtension private final Loops loops = new Loops();

  @Test
  void aTaskThatWouldReallyWait_isRefusedWithTheRemedy() {
    LoopScheduler scheduler = loops.make("real");

    StepVerifier.withVirtualTime(() -> CallbackMono.of(scheduler, Task.sleep(HOUR)))
        .expectErrorSatisfies(VirtualTimeTest::namesTheRemedy)
        .verify(Loops.PATIENCE);
    assertThat(scheduler.stats().live()).isZero();
  }

  @Test
  void aStreamThatWouldReallyWait_isRefusedWithTheRemedy() {
    LoopScheduler scheduler = loops.make("real");
    Flux<Integer> flux =
        CallbackFlux.of(scheduler, emitter -> Task.sleep(HOUR).then(emitter.emit(1)));

    StepVerifier.withVirtualTime(() -> flux)
        .expectErrorSatisfies(VirtualTimeTest::namesTheRemedy)
        .verify(Loops.PATIENCE);
  }

  private static void namesTheRemedy(Throwable error) {
    assertThat(error)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("loop scheduler 'real'")
        .hasMessageContaining("manualInVirtualTime()")
        .hasMessageContaining("loops.advance(duration)");
  }

  @Test
  void aBlockingCallWaitsForNoTime() {
    LoopScheduler scheduler = loops.make("real");

    StepVerifier.withVirtualTime(() -> CallbackMono.blocking(scheduler, () -> 1))
        .expectNext(1)
        .expectComplete()
        .verify(Loops.PATIENCE);
  }

  @Test
  void manualLoopsMoveBesideIt() {
    try (ManualLoops manual = LoopScheduler.builder("manual").manualInVirtualTime()) {
      Mono<String> hour =
          CallbackMono.of(manual.scheduler(), Task.sleep(HOUR).map(done -> "two hours"));

      StepVerifier.withVirtualTime(() -> Mono.delay(HOUR).then(hour))
          .thenAwait(HOUR)
          .then(() -> manual.advance(HOUR))
          .expectNext("two hours")
          .expectComplete()
          .verify(Loops.PATIENCE);
    }
  }

  @Test
  void afterTheTest_timeIsRealAgain() {
    LoopScheduler scheduler = loops.make("real");
    StepVerifier.withVirtualTime(() -> Mono.delay(HOUR))
        .thenAwait(HOUR)
        .expectNext(0L)
        .expectComplete()
        .verify(Loops.PATIENCE);

    StepVerifier.create(CallbackMono.of(scheduler, Task.sleep(Duration.ofMillis(1))))
        .expectComplete()
        .verify(Loops.PATIENCE);
  }
}
