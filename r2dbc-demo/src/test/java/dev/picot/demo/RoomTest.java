/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.demo;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RoomTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "a",
        "lobby",
        "night-shift",
        "tea room",
        "v1.2_beta",
        "café",
        "茶室",
        "R2D2",
        "a123456789b123456789c123456789d123456789"
      })
  void acceptsNamesOfLettersAndDigitsWithSingleSeparators(String name) {
    assertThat(Room.isName(name)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        " lobby",
        "lobby ",
        "tea  room",
        "-lobby",
        "lobby-",
        "a/b",
        "a\u0000b",
        "a\nb",
        "?",
        "a123456789b123456789c123456789d123456789e"
      })
  void refusesEverythingElse(String name) {
    assertThat(Room.isName(name)).isFalse();
  }

  @Test
  void countsCharactersAndNotTheirHalves() {
    assertThat(Room.isName("\uD835\uDC00".repeat(40))).isTrue();
    assertThat(Room.isName("\uD835\uDC00".repeat(41))).isFalse();
  }

  @Test
  void knowsOneFormOfANameThatCanBeWrittenInTwo() {
    assertThat(Room.canonical("cafe\u0301")).isEqualTo("caf\u00e9");
  }
}
