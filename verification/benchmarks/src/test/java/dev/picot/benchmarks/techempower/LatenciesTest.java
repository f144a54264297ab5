/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LatenciesTest {
  private final Latencies latencies = new Latencies();

  @Test
  void percentileIsTheLeastThatSoManyAreWithin() {
    for (int micros = 1; micros <= 50; micros++) {
      latencies.add(TimeUnit.MICROSECONDS.toNanos(micros));
    }

    assertThat(latencies.total()).isEqualTo(50);
    assertThat(latencies.percentile(50)).isEqualTo(0.025);
    assertThat(latencies.percentile(98)).isEqualTo(0.049);
    assertThat(latencies.percentile(99)).isEqualTo(0.050);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 31, 32, 63, 64, 65, 127, 128, 1_000, 12_345, 10_000_000, 60_000_000})
  void latencyIsKeptToThreePercent(long micros) {
    latencies.add(TimeUnit.MICROSECONDS.toNanos(micros));

    assertThat(latencies.percentile(50))
        .isCloseTo(micros / 1e3, within(micros / 1e3 * 0.032))
        .isGreaterThanOrEqualTo(micros / 1e3);
  }

  @Test
  void latencyThatIsTooLongIsKeptAsAGreatOne() {
    latencies.add(Long.MAX_VALUE);

    assertThat(latencies.percentile(99)).isGreaterThan(1e9);
  }

  @Test
  void percentileOfNothingIsRefused() {
    assertThatThrownBy(() -> latencies.percentile(50)).hasMessage("no latency was seen");
  }
}
