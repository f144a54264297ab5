/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.benchmarks.Bound;
import dev.picot.benchmarks.Bound.Comparison;
import dev.picot.benchmarks.Measurement;
import dev.picot.benchmarks.Measurement.Peer;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class EngineGroupTest {
  private final List<Measurement> lines = new EngineGroup().measurements();

  @Test
  void everyRowOfTheEngineIsThereInOrder() {
    assertThat(lines.stream().map(Measurement::row).distinct())
        .containsExactly("P1", "P2", "P3", "P4", "P5", "P6", "P7", "P9", "P15", "P16", "P17");
  }

  @Test
  void everyRowHasAGoal() {
    assertThat(
            lines.stream()
                .filter(line -> bounds(line).findAny().isPresent())
                .map(Measurement::row)
                .distinct())
        .hasSize(11);
  }

  @Test
  void linesHaveDifferentNames() {
    assertThat(lines.stream().map(line -> line.row() + line.what())).doesNotHaveDuplicates();
  }

  @Test
  void noMilestoneIsHarderThanItsGoal() {
    assertThat(lines.stream().flatMap(EngineGroupTest::bounds))
        .allSatisfy(
            bound -> {
              if (bound.comparison() == Comparison.TIMES) {
                assertThat(bound.milestone()).isLessThanOrEqualTo(bound.goal());
              } else {
                assertThat(bound.milestone()).isGreaterThanOrEqualTo(bound.goal());
              }
            });
  }

  private static Stream<Bound> bounds(Measurement line) {
    return Stream.concat(
        line.alone().stream(), line.peers().stream().filter(Peer::isJudged).map(Peer::bound));
  }
}
