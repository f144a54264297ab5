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
import java.util.List;
import org.junit.jupiter.api.Test;

/** Zackernel's first sample: three LEDs blink, each in its own time, on one platform thread. */
class BlinkingLedsTest {
  private static final String TRACE =
      """
      0 red on
      0 yellow on
      0 green on
      1000 red off
      2000 yellow off
      2000 red on
      3000 green off
      3000 red off
      4000 yellow on
      4000 red on
      5000 red off
      6000 green on
      6000 yellow off
      6000 red on
      """;

  private final StringBuilder trace = new StringBuilder();

  /** Milliseconds of virtual time. */
  private int now;

  private void show(String led, boolean on) {
    trace.append(now).append(' ').append(led).append(on ? " on\n" : " off\n");
  }

  // region blink
  private Task<Void> blink(String led, Duration period) {
    return Task.<Void>loop(
            () ->
                Task.run(() -> show(led, true))
                    .then(Task.sleep(period))
                    .then(Task.run(() -> show(led, false)))
                    .then(Task.sleep(period)))
        .named(led);
  }

  // end region

  @Test
  void eachBlinksInItsOwnTime() {
    try (ManualLoops board = LoopScheduler.builder("board").manualInVirtualTime()) {
      List<CallbackThread<Void>> leds =
          List.of(
              board.scheduler().spawn(blink("red", Duration.ofSeconds(1))),
              board.scheduler().spawn(blink("yellow", Duration.ofSeconds(2))),
              board.scheduler().spawn(blink("green", Duration.ofSeconds(3))));
      board.runUntilIdle();

      while (now < 6_000) {
        now += 500;
        board.advance(Duration.ofMillis(500));
      }

      leds.forEach(CallbackThread::cancel);
    }
    assertThat(trace).hasToString(TRACE);
  }
}
