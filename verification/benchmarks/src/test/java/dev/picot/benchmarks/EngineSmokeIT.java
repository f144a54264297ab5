/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.benchmarks.engine.EngineGroup;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The whole command, each fork as short as it can be: only that everything was measured. */
class EngineSmokeIT {
  @Test
  void everyLineIsMeasuredAndEndsWithItsVerdict() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();

    int exitCode =
        Bench.run(new PrintStream(out, true, StandardCharsets.UTF_8), "engine", "--smoke");

    List<String> lines = out.toString(StandardCharsets.UTF_8).lines().toList();
    assertThat(exitCode).as("%s", String.join("\n", lines)).isZero();
    for (Measurement measurement : new EngineGroup().measurements()) {
      String start = measurement.row() + " " + measurement.what() + ": ours ";
      assertThat(lines.stream().filter(line -> line.startsWith(start)))
          .singleElement()
          .asString()
          .matches(".* goal=(met|missed) milestone=(met|missed)");
    }
  }
}
