/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.picot.benchmarks.Bound.Comparison;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BoundTest {
  @ParameterizedTest
  @CsvSource({
    // comparison, ours, peer, ratio
    "TIMES,  100,  800, 8",
    "TIMES,  100,   50, 0.5",
    "RATE,   800,  100, 8",
    "RATE,    50,  100, 0.5",
    "PART,   100,  300, 0.333333",
    "PART,   300,  100, 3",
    "GROWTH, 100,  150, 1.5",
    "ALONE,  100,   -1, 100"
  })
  void ratioIsThatOfTheComparison(Comparison comparison, double ours, double peer, double ratio) {
    assertThat(comparison.ratio(ours, peer)).isCloseTo(ratio, within(1e-6));
  }

  @ParameterizedTest
  @CsvSource({
    // comparison, goal, milestone, figure, goal is met, milestone is met
    "TIMES,    8,    5, 8.0,  true,  true",
    "TIMES,    8,    5, 7.9, false,  true",
    "TIMES,    8,    5, 4.9, false, false",
    "RATE,     2,  1.4, 2.0,  true,  true",
    "RATE,     2,  1.4, 1.9, false,  true",
    "RATE,     2,  1.4, 1.3, false, false",
    "PART,   0.3,  0.5, 0.3,  true,  true",
    "PART,   0.3,  0.5, 0.4, false,  true",
    "PART,   0.3,  0.5, 0.6, false, false",
    "GROWTH, 1.5,    2, 0.5,  true,  true",
    "GROWTH, 1.5,    2, 1.6, false,  true",
    "GROWTH, 1.5,    2, 2.1, false, false",
    "ALONE,   80,  112,  80,  true,  true",
    "ALONE,   80,  112, 104, false,  true",
    "ALONE,   80,  112, 113, false, false"
  })
  void figureMeetsABoundOnItsSide(
      Comparison comparison,
      double goal,
      double milestone,
      double figure,
      boolean goalMet,
      boolean milestoneMet) {
    Bound bound = new Bound(comparison, goal, milestone);

    assertThat(bound.meetsGoal(figure)).isEqualTo(goalMet);
    assertThat(bound.meetsMilestone(figure)).isEqualTo(milestoneMet);
  }

  @ParameterizedTest
  @CsvSource({"TIMES, 0", "RATE, 0", "PART, 1e9", "GROWTH, 1e9", "ALONE, 1e9"})
  void milestoneThatIsNotSetIsMetByEverything(Comparison comparison, double worst) {
    assertThat(new Bound(comparison, 1, comparison.none()).meetsMilestone(worst)).isTrue();
  }

  @Test
  void ratiosAreThoseOfTheSameRound() {
    Bound bound = new Bound(Comparison.TIMES, 1, 1);

    Series ratios =
        bound.ratios(new Series(List.of(10.0, 100.0)), new Series(List.of(20.0, 300.0)));

    assertThat(ratios.values()).containsExactly(2.0, 3.0);
  }

  @Test
  void descriptionLeavesOutAMilestoneThatIsNotSet() {
    assertThat(new Bound(Comparison.TIMES, 3.5, 2).describe()).isEqualTo("goal 3.5, milestone 2");
    assertThat(new Bound(Comparison.ALONE, 10, Comparison.ALONE.none()).describe())
        .isEqualTo("goal 10");
  }
}
