/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.examples;

import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.CallbackThread;
import dev.picot.Task;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Zackernel's sample {@code blink_3leds}: LED 1 is on and off for 100 ms each, LED 2 on and off for
 * 200 ms, LED 3 off and on for 200 ms, all on one platform thread.
 */
class BlinkingLedsTest {
  private static final String TRACE =
      """
      0 led1 on
      0 led2 on
      0 led3 off
      100 led1 off
      200 led2 off
      200 led3 on
      200 led1 on
      300 led1 off
      400 led2 on
      400 led3 off
      400 led1 on
      500 led1 off
      600 led2 off
      600 led3 on
      600 led1 on
      700 led1 off
      """;

  private final TimedTrace board = new TimedTrace("board");

  @AfterEach
  void turnOff() {
    board.close();
  }

  private void write(String led, boolean on) {
    board.note(led + (on ? " on" : " off"));
  }

  // region leds
  private Task<Void> blink(String led, boolean first, Duration period) {
    return Task.<Void>loop(
            () ->
                Task.run(() -> write(led, first))
                    .then(Task.sleep(period))
                    .then(Task.run(() -> write(led, !first)))
                    .then(Task.sleep(period)))
        .named(led);
  }

  private Task<?> leds() {
    return Task.all(
        List.of(
            blink("led1", true, ofMillis(100)),
            blink("led2", true, ofMillis(200)),
            blink("led3", false, ofMillis(200))));
  }

  // end region

  @Test
  void eachBlinksInItsOwnTime() {
    CallbackThread<?> sample = board.scheduler().<Object>spawn(leds());

    board.pass(ofMillis(700));

    assertThat(board).hasToString(TRACE);
    assertThat(sample.cancel()).isTrue();
  }
}
