/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HistogramTest {
  private final Histogram histogram = new Histogram();

  @Test
  void anEmptyOne_isAllZero() {
    assertThat(histogram.read()).isEqualTo(new LoopFigures.Sampled(0, 0, 0, 0));
  }

  @Test
  void quantiles_areRoundedUpToLessThanTwice_butNeverAboveTheLongest() {
    for (int i = 0; i < 98; i++) {
      histogram.add(1_000);
    }
    histogram.add(5_000);
    histogram.add(70_000);

    LoopFigures.Sampled read = histogram.read();

    assertThat(read.count()).isEqualTo(100);
    assertThat(read.median()).isEqualTo(1_023);
    assertThat(read.p99()).isEqualTo(8_191);
    assertThat(read.max()).isEqualTo(70_000);
  }

  @Test
  void theLongest_isExact() {
    histogram.add(1_025);

    assertThat(histogram.read()).isEqualTo(new LoopFigures.Sampled(1, 1_025, 1_025, 1_025));
  }

  @Test
  void extremes_areCounted() {
    histogram.add(-1);
    histogram.add(0);
    histogram.add(Long.MAX_VALUE);

    assertThat(histogram.read())
        .isEqualTo(new LoopFigures.Sampled(3, 0, Long.MAX_VALUE, Long.MAX_VALUE));
  }
}
