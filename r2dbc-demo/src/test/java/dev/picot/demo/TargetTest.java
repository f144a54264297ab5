/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TargetTest {
  @Test
  void decodesEachSegmentByItself() {
    assertThat(Target.parse("/rooms/caf%C3%A9%2Fbar+1/messages").path())
        .containsExactly("rooms", "café/bar+1", "messages");
  }

  @ParameterizedTest
  @CsvSource({"/rooms", "/rooms/", "/rooms?", "http://host:1/rooms", "http://host/rooms/?a=b"})
  void findsThePathInEachFormOfATarget(String uri) {
    assertThat(Target.parse(uri).path()).containsExactly("rooms");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "http://host", "http://host/", "/?a=http://b"})
  void theRootIsOneEmptySegment(String uri) {
    assertThat(Target.parse(uri).path()).containsExactly("");
  }

  @Test
  void decodesTheQuery() {
    assertThat(Target.parse("/rooms?after=tea+room%26caf%C3%A9&&flag&limit=3").query())
        .isEqualTo(Map.of("after", "tea room&café", "flag", "", "limit", "3"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/%", "/%zz", "/%ff", "/a?b=%e2%82", "/a?%zz=1"})
  void refusesWhatIsNotPercentEncodedUtf8(String uri) {
    assertThatThrownBy(() -> Target.parse(uri))
        .isInstanceOf(ProblemException.class)
        .hasMessageContaining("is not percent-encoded UTF-8");
  }

  @Test
  void refusesAParameterThatIsThereTwice() {
    assertThatThrownBy(() -> Target.parse("/rooms?limit=1&limit=2"))
        .hasMessage("The query parameter 'limit' is there more than once.");
  }

  @Test
  void readsNumbersWithinTheirLimits() {
    Target target = Target.parse("/rooms?limit=200");

    assertThat(target.number("limit", 200, 50)).isEqualTo(200);
    assertThat(target.number("before", 200, 50)).isEqualTo(50);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "201", "1.5", "x", "", "+1", "1e2", "9223372036854775808"})
  void refusesOtherNumbers(String value) {
    Target target = new Target(List.of("rooms"), Map.of("limit", value));

    assertThatThrownBy(() -> target.number("limit", 200, 50))
        .hasMessage("limit: '%s' (expected: a whole number from 1 to 200)", value);
  }

  @Test
  void encodesWhatItDecodes() {
    String text = "tea room+café/?&=%";

    assertThat(Target.parse("/" + Target.encode(text)).path()).containsExactly(text);
    assertThat(Target.parse("/?a=" + Target.encode(text)).query()).containsEntry("a", text);
  }
}
