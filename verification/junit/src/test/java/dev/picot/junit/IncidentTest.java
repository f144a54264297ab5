/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.picot.junit.Incident.Detector;
import dev.picot.junit.Incident.Kind;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class IncidentTest {
  private static final StackTraceElement CALLER =
      new StackTraceElement("com.example.Dao", "read", "Dao.java", 7);

  private static Incident incident(String callbackThread, String step, Duration duration) {
    return new Incident(
        "checkout-0",
        callbackThread,
        step,
        "checkout",
        "checkout-1",
        Kind.SLEEP,
        "java.lang.Thread.sleep",
        CALLER,
        duration,
        List.of(CALLER),
        Set.of(Detector.WATCHDOG));
  }

  @Test
  void readsAsOneLine() {
    assertThat(incident(null, null, null))
        .hasToString(
            "checkout-0: java.lang.Thread.sleep (SLEEP), called by"
                + " com.example.Dao.read(Dao.java:7)");
  }

  @Test
  void namesCallbackThreadStepAndDurationIfThereAre() {
    assertThat(incident("order", "price", Duration.ofMillis(312)))
        .hasToString(
            "callback thread 'order', step 'price', on checkout-0: java.lang.Thread.sleep"
                + " (SLEEP, 312 ms), called by com.example.Dao.read(Dao.java:7)");
  }

  @Test
  void refusesToBeWithoutACaller() {
    assertThatNullPointerException()
        .isThrownBy(
            () ->
                new Incident(
                    "a", null, null, null, null, Kind.CPU, "b", null, null, List.of(), Set.of()))
        .withMessage("caller");
  }
}
