/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import org.junit.jupiter.api.Test;

class RequestTest {
  private static Request get(String uri) {
    return new Request("GET", uri, null, null, null, InputStream.nullInputStream());
  }

  @Test
  void namesItsCallbackThreadAfterMethodAndPath() {
    assertThat(get("/rooms/caf%C3%A9/messages?limit=1").label())
        .isEqualTo("GET /rooms/caf%C3%A9/messages");
  }

  @Test
  void keepsControlCharactersOutOfDumps() {
    assertThat(get("/\u001b[31m\u202e?secret=1").label()).isEqualTo("GET /?[31m?");
  }

  @Test
  void keepsDumpsNarrow() {
    assertThat(get("/" + "x".repeat(200)).label()).hasSize(104).endsWith("~");
  }
}
