/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResponseReaderTest {
  private static final String RESPONSE =
      "HTTP/1.1 200 OK\r\nServer: x\r\ncontent-length: 5\r\nDate: y\r\n\r\nhello";

  private final ResponseReader reader = new ResponseReader();

  @Test
  void responseEndsWithItsBody() {
    assertThat(reader.isEndedBy(bytes(RESPONSE))).isTrue();
    assertThat(reader.isEndedBy(bytes(RESPONSE))).isTrue();
  }

  @Test
  void responseMayComeInAnyParts() {
    for (int cut = 1; cut < RESPONSE.length(); cut++) {
      assertThat(reader.isEndedBy(bytes(RESPONSE.substring(0, cut)))).isFalse();
      assertThat(reader.isEndedBy(bytes(RESPONSE.substring(cut)))).isTrue();
    }
  }

  @Test
  void responseWithoutABodyEndsWithItsHead() {
    assertThat(reader.isEndedBy(bytes("HTTP/1.1 200 \r\nContent-Length:0\r\n\r\n"))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      })
  void responseThatIsNot200OrHasNoLengthIsRefused(String response) {
    assertThatThrownBy(() -> reader.isEndedBy(bytes(response)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("not 200, or without a length: HTTP/1.1 2".substring(0, 30));
  }

  @Test
  void responseThatIsLongerThanItSaysIsRefused() {
    assertThatThrownBy(() -> reader.isEndedBy(bytes(RESPONSE + "!")))
        .hasMessage("a response that is longer than it says");
  }

  @Test
  void headWithoutAnEndIsRefused() {
    assertThatThrownBy(() -> reader.isEndedBy(bytes("x".repeat(20_000))))
        .hasMessage("a response without an end of its head");
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
  }
}
