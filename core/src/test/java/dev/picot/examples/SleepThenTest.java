/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.LoopScheduler;
import dev.picot.Task;
import dev.picot.VirtualTime;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The listing of the paper, line by line: {@code sleep(1000).then(() => now()).then(...)}. */
class SleepThenTest {
  private final VirtualTime time = new VirtualTime();

  @Test
  void eachStepGetsTheValueOfTheOneBefore() throws Exception {
    try (LoopScheduler paper = time.scheduler("paper")) {
      // region sleep
      Task<String> elapsed =
          Task.call(time::now)
              .flatMap(
                  start ->
                      Task.sleep(Duration.ofSeconds(1))
                          .map(done -> time.now())
                          .map(stop -> "it took " + (stop - start) + " ms"));
      // end region

      assertThat(paper.spawn(elapsed).block(Duration.ofSeconds(10))).isEqualTo("it took 1000 ms");
    }
  }

  @Test
  void tenThousandSleepsDoNotDrift() throws Exception {
    try (LoopScheduler paper = time.scheduler("paper")) {
      Task<Long> sleeps =
          Task.forLoop(0, 10_000, i -> Task.sleep(Duration.ofMillis(7))).map(done -> time.now());

      assertThat(paper.spawn(sleeps).block(Duration.ofSeconds(10))).isEqualTo(70_000);
    }
  }
}
