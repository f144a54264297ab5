/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.CallbackThread;
import dev.picot.LoopScheduler;
import dev.picot.ManualLoops;
import dev.picot.Task;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The listing of the paper, line by line: {@code sleep(1000).then(() => now()).then(...)}. */
class SleepThenTest {
  private static final Duration MILLISECOND = Duration.ofMillis(1);

  /** Milliseconds of virtual time. */
  private long now;

  private long now() {
    return now;
  }

  private void pass(ManualLoops paper, int millis) {
    paper.runUntilIdle();
    for (int i = 0; i < millis; i++) {
      now++;
      paper.advance(MILLISECOND);
    }
  }

  @Test
  void eachStepGetsTheValueOfTheOneBefore() throws Exception {
    try (ManualLoops paper = LoopScheduler.builder("paper").manualInVirtualTime()) {
      // region sleep
      long start = now();
      Task<String> elapsed =
          Task.sleep(Duration.ofMillis(1_500))
              .map(done -> now())
              .map(stop -> "it took " + (stop - start) + " ms");
      // end region

      CallbackThread<String> thread = paper.scheduler().spawn(elapsed);
      pass(paper, 1_499);
      assertThat(thread.outcome()).isEmpty();

      pass(paper, 1);
      assertThat(thread.block(Duration.ZERO)).isEqualTo("it took 1500 ms");
    }
  }

  @Test
  void aThousandSleepsDoNotDrift() throws Exception {
    try (ManualLoops paper = LoopScheduler.builder("paper").manualInVirtualTime()) {
      CallbackThread<Long> thread =
          paper
              .scheduler()
              .spawn(
                  Task.forLoop(0, 1_000, i -> Task.sleep(Duration.ofMillis(7))).map(done -> now()));

      pass(paper, 7_000);

      assertThat(thread.block(Duration.ZERO)).isEqualTo(7_000);
    }
  }
}
