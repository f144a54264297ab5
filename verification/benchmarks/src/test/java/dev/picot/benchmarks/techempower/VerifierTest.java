/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower;

import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.picot.benchmarks.techempower.FakeServer.Wrong;
import java.io.IOException;
import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

class VerifierTest {
  @Test
  void serverThatKeepsTheRulesIsAccepted() {
    assertThatNoException().isThrownBy(() -> verify(Wrong.NOTHING));
  }

  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "NOTHING")
  void serverThatBreaksARuleIsRefused(Wrong wrong) {
    assertThatThrownBy(() -> verify(wrong))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("the answer to " + wrong.path);
  }

  private static void verify(Wrong wrong) throws IOException, InterruptedException {
    try (FakeServer server = new FakeServer(wrong)) {
      new Verifier(URI.create("http://127.0.0.1:" + server.port()), server::table).verify();
    }
  }
}
