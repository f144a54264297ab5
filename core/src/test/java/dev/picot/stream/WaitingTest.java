/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.stream;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every state and every event of somebody who waits for room. */
class WaitingTest {
  private static final class Producer extends Waiting<String> {
    @Override
    MailboxState<String> into(MailboxState<String> state) {
      return state;
    }

    @Override
    void decided() {}

    @Override
    void afterwards() {}
  }

  @ParameterizedTest
  @CsvSource({
    "WAITING,  admit, true,  ADMITTED",
    "WAITING,  leave, true,  GONE",
    "ADMITTED, admit, false, ADMITTED",
    "ADMITTED, leave, false, ADMITTED",
    "GONE,     admit, false, GONE",
    "GONE,     leave, false, GONE"
  })
  void event_inState_answersAndMoves(String from, String event, boolean answer, String to) {
    var producer = new Producer();
    boolean brought =
        from.equals("WAITING") || (from.equals("GONE") ? producer.leave() : producer.admit());
    assertThat(brought).isTrue();

    assertThat(event.equals("admit") ? producer.admit() : producer.leave()).isEqualTo(answer);
    assertThat(producer.isAdmitted()).isEqualTo(to.equals("ADMITTED"));
    assertThat(producer.isGone()).isEqualTo(to.equals("GONE"));
  }
}
