/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit.cases;

import dev.picot.junit.NoBlocking;
import java.time.Duration;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import reactor.core.publisher.Mono;

/** Two tests that run at the same time, one of which blocks. */
@NoBlocking
@Execution(ExecutionMode.CONCURRENT)
public class OverlappingTestCases {
  private static final CyclicBarrier BOTH = new CyclicBarrier(2);

  private static void meet() throws Exception {
    BOTH.await(10, TimeUnit.SECONDS);
  }

  @Test
  void blocks() throws Exception {
    meet();
    Mono.delay(Duration.ofMillis(1))
        .doOnNext(tick -> Blockers.sleep(Duration.ofMillis(1)))
        .block(Duration.ofSeconds(10));
    meet();
  }

  @Test
  void runsAtTheSameTime() throws Exception {
    meet();
    meet();
  }
}
