/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.examples;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.CallbackThread;
import dev.picot.Task;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The listing of the paper, line by line: {@code sleep(1000).then(() => now()).then(...)}. */
class SleepThenTest {
  private final TimedTrace paper = new TimedTrace("paper");

  @AfterEach
  void close() {
    paper.close();
  }

  private long now() {
    return paper.now();
  }

  @Test
  void eachStepGetsTheValueOfTheOneBefore_andNoneIsEarly() throws Exception {
    paper.pass(ofMillis(5));
    // region sleep
    long start = now();
    Task<String> elapsed =
        Task.sleep(ofSeconds(1))
            .map(done -> now())
            .map(stop -> "it took " + (stop - start) + " ms");
    // end region

    CallbackThread<String> thread = paper.scheduler().spawn(elapsed);
    paper.pass(ofMillis(999));
    assertThat(thread.outcome()).isEmpty();

    paper.pass(ofMillis(1));
    assertThat(thread.block(Duration.ZERO)).isEqualTo("it took 1000 ms");
  }

  @Test
  void aThousandSleepsDoNotDrift() throws Exception {
    CallbackThread<Long> thread =
        paper
            .scheduler()
            .spawn(Task.forLoop(0, 1_000, i -> Task.sleep(ofMillis(7))).map(done -> now()));

    paper.pass(ofSeconds(7));

    assertThat(thread.block(Duration.ZERO)).isEqualTo(7_000);
  }
}
