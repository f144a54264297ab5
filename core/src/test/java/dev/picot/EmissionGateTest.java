/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every state and every event of the gate. */
class EmissionGateTest {
  private final EmissionGate gate = new EmissionGate();

  private enum Event {
    ENTER,
    LEAVE,
    CLOSE
  }

  @ParameterizedTest
  @CsvSource({
    "OPEN,     ENTER, true,     EMITTING",
    "OPEN,     LEAVE, false,    OPEN",
    "OPEN,     CLOSE, OPEN,     CLOSED",
    "EMITTING, ENTER, false,    EMITTING",
    "EMITTING, LEAVE, true,     OPEN",
    "EMITTING, CLOSE, EMITTING, CLOSED",
    "CLOSED,   ENTER, false,    CLOSED",
    "CLOSED,   LEAVE, false,    CLOSED",
    "CLOSED,   CLOSE, CLOSED,   CLOSED"
  })
  void event_inState_answersAndMoves(String from, Event event, String answer, String to) {
    bring(from);

    assertThat(happen(event)).isEqualTo(answer);
    assertThat(gate).hasToString(to);
    assertThat(gate.isClosed()).isEqualTo(to.equals("CLOSED"));
  }

  private void bring(String state) {
    switch (state) {
      case "OPEN" -> {}
      case "EMITTING" -> assertThat(gate.enter()).isTrue();
      default -> assertThat(gate.close()).isEqualTo(EmissionGate.OPEN);
    }
  }

  private String happen(Event event) {
    return switch (event) {
      case ENTER -> String.valueOf(gate.enter());
      case LEAVE -> String.valueOf(gate.leave());
      case CLOSE -> EmissionGate.describe(gate.close());
    };
  }

  @Test
  void anUnknownState_isDescribedByItsNumber() {
    assertThatThrownBy(() -> EmissionGate.describe(7)).hasMessageContaining("7");
  }
}
