/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class WatchdogTest {
  private static Duration counted(Duration elapsed) {
    return Duration.ofNanos(Watchdog.counted(elapsed.toNanos()));
  }

  @Test
  void countsAPauseOfTheProcessAsOnePeriod() {
    assertThat(counted(Duration.ofMillis(20))).hasMillis(20);
    assertThat(counted(Duration.ofMillis(35))).hasMillis(35);
    assertThat(counted(Duration.ofSeconds(5))).hasMillis(20);
  }

  @Test
  void endThatFails_leavesNoSamplerBehind() {
    long before = samplers();
    Watchdog watchdog = new Watchdog(new BlockingCallRecorder(), new FlightDetector(null, false));
    watchdog.begin();

    assertThatThrownBy(() -> watchdog.end(null)).isInstanceOf(NullPointerException.class);

    long began = System.nanoTime();
    while (samplers() > before) {
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
      Thread.onSpinWait();
    }
  }

  private static long samplers() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("picot-junit-watchdog-0"))
        .count();
  }
}
