/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class BenchTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  @Test
  void helpNamesTheGroupsAndOptions() {
    assertThat(run("--help")).isZero();
    assertThat(text()).contains("engine", "reactor", "techempower", "--short", "--smoke", "--rows");
  }

  @Test
  void groupThatIsNotKnownIsRefused() {
    assertThat(run("motor")).isEqualTo(2);
    assertThat(text()).contains("unknown group: [motor] (expected: engine, reactor, techempower)");
  }

  @Test
  void rowThatIsNotKnownIsRefused() {
    assertThat(run("engine", "--rows", "P2,P99")).isEqualTo(2);
    assertThat(text()).contains("unknown row: [P99] (expected: P1, P2,");
  }

  @Test
  void commandWithoutAGroupIsRefused() {
    assertThat(run()).isEqualTo(2);
  }

  @Test
  void shortAndSmokeExcludeEachOther() {
    assertThat(run("engine", "--short", "--smoke")).isEqualTo(2);
  }

  private int run(String... arguments) {
    return Bench.run(new PrintStream(out, true, StandardCharsets.UTF_8), arguments);
  }

  private String text() {
    return out.toString(StandardCharsets.UTF_8);
  }
}
