/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.picot.CallbackThread;
import dev.picot.LoopScheduler;
import dev.picot.Task;
import dev.picot.TaskTimeoutException;
import dev.picot.VirtualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Zackernel's first sample: three LEDs blink, each in its own time, on one platform thread. */
class BlinkingLedsTest {
  private static final Duration DEADLINE = Duration.ofSeconds(10);

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

  private final VirtualTime time = new VirtualTime();
  private final StringBuilder trace = new StringBuilder();

  private void show(String led, boolean on) {
    trace.append(time.now()).append(' ').append(led).append(on ? " on\n" : " off\n");
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
  void eachBlinksInItsOwnTime() throws Exception {
    Duration end = Duration.ofMillis(6_500);
    List<CallbackThread<Void>> leds = new ArrayList<>();
    try (LoopScheduler board = time.scheduler("board")) {
      Task<Void> start =
          Task.run(
              () -> {
                leds.add(board.spawn(blink("red", Duration.ofSeconds(1)).timeout(end)));
                leds.add(board.spawn(blink("yellow", Duration.ofSeconds(2)).timeout(end)));
                leds.add(board.spawn(blink("green", Duration.ofSeconds(3)).timeout(end)));
              });
      board.spawn(start).block(DEADLINE);

      for (CallbackThread<Void> led : leds) {
        assertThatThrownBy(() -> led.block(DEADLINE)).isInstanceOf(TaskTimeoutException.class);
      }
    }

    assertThat(trace).hasToString(TRACE);
  }
}
