/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.benchmarks.Measurement.Peer;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What holds for each group. */
public abstract class GroupContract {
  private final List<String> rows;
  private final List<Measurement> lines;

  /** Its group, and the rows that it has to have. */
  protected GroupContract(Group group, String... rows) {
    this.rows = List.of(rows);
    this.lines = group.measurements();
  }

  @Test
  void everyRowIsThereInOrder() {
    assertThat(lines.stream().map(Measurement::row).distinct()).containsExactlyElementsOf(rows);
  }

  @Test
  void everyRowHasAGoal() {
    assertThat(
            lines.stream()
                .filter(line -> bounds(line).findAny().isPresent())
                .map(Measurement::row)
                .distinct())
        .containsExactlyElementsOf(rows);
  }

  @Test
  void linesHaveDifferentNames() {
    assertThat(lines.stream().map(line -> line.row() + line.what())).doesNotHaveDuplicates();
  }

  @Test
  void noMilestoneIsHarderThanItsGoal() {
    assertThat(lines.stream().flatMap(GroupContract::bounds))
        .allSatisfy(
            bound -> {
              if (bound.comparison().isAtLeast()) {
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
