/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.benchmarks.engine.EngineGroup;
import dev.picot.benchmarks.reactor.ReactorGroup;
import dev.picot.benchmarks.techempower.TechEmpowerGroup;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The whole command, each fork as short as it can be: only that everything was measured. */
class SmokeIT {
  static List<Group> groups() {
    return List.of(new EngineGroup(), new ReactorGroup(), new TechEmpowerGroup());
  }

  @ParameterizedTest
  @MethodSource("groups")
  void everyLineIsMeasuredAndEndsWithItsVerdict(Group group) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();

    int exitCode =
        Bench.run(new PrintStream(out, true, StandardCharsets.UTF_8), group.name(), "--smoke");

    List<String> lines = out.toString(StandardCharsets.UTF_8).lines().toList();
    assertThat(exitCode).as("%s", String.join("\n", lines)).isZero();
    for (Measurement measurement : group.measurements(Effort.SMOKE)) {
      String start = measurement.row() + " " + measurement.what() + ": ours ";
      assertThat(lines.stream().filter(line -> line.startsWith(start)))
          .singleElement()
          .asString()
          .matches(".* goal=(met|missed) milestone=(met|missed)");
    }
  }
}
