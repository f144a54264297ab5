/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SeriesTest {
  @Test
  void medianOfAnOddCountIsTheMiddle() {
    assertThat(new Series(List.of(9.0, 1.0, 2.0)).median()).isEqualTo(2);
  }

  @Test
  void medianOfAnEvenCountIsBetweenTheMiddleTwo() {
    assertThat(new Series(List.of(9.0, 1.0, 2.0, 4.0)).median()).isEqualTo(3);
  }

  @Test
  void textHasThreeDigitsThatMeanSomething() {
    assertThat(new Series(List.of(12_345.6)).text()).isEqualTo("12,346");
    assertThat(new Series(List.of(45.67)).text()).isEqualTo("45.7");
    assertThat(new Series(List.of(4.567)).text()).isEqualTo("4.57");
    assertThat(new Series(List.of(0.4567)).text()).isEqualTo("0.457");
  }

  @Test
  void spreadIsFromTheLeastToTheGreatest() {
    assertThat(new Series(List.of(3.0, 1.0, 2.0)).spread()).isEqualTo("1.00..3.00");
  }
}
