/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TalkTest {
  private static final Instant END = Instant.parse("2026-01-01T12:00:00Z");

  static Iterable<String> rooms() {
    return Talk.SUBJECTS.keySet();
  }

  private static List<Message> talk(String room) {
    return new Talk(room, Talk.SUBJECTS.get(room)).until(END, 500);
  }

  @ParameterizedTest
  @MethodSource("rooms")
  void saysTheSameEachTime(String room) {
    assertThat(talk(room)).isEqualTo(talk(room));
  }

  @ParameterizedTest
  @MethodSource("rooms")
  void goesForwardInTimeUpToItsEnd(String room) {
    List<Message> messages = talk(room);

    assertThat(messages).hasSize(500).isSortedAccordingTo(Comparator.comparing(Message::postedAt));
    assertThat(messages.get(499).postedAt()).isEqualTo(END);
  }

  @ParameterizedTest
  @MethodSource("rooms")
  void readsLikePeople(String room) {
    List<Message> messages = talk(room);

    assertThat(messages)
        .allSatisfy(
            message -> {
              assertThat(message.text()).isNotBlank().doesNotContainPattern("[#@%~|]");
              assertThat(message.text().length()).isLessThanOrEqualTo(Rooms.MAX_TEXT_LENGTH);
              assertThat(message.author()).isNotBlank();
            });
    assertThat(messages.stream().map(Message::author).distinct().count()).isGreaterThan(20);
    assertThat(messages.stream().map(Message::text).distinct().count()).isGreaterThan(100);
  }

  @ParameterizedTest
  @MethodSource("rooms")
  void takesPlaceInARoomWhoseNameFollowsTheRule(String room) {
    assertThat(Room.isName(room)).isTrue();
    assertThat(Room.canonical(room)).isEqualTo(room);
  }
}
