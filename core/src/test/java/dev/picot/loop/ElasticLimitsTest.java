/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ElasticLimitsTest {
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(60);

  @ParameterizedTest
  @ValueSource(ints = {0, -1, 65_537})
  void refusesANumberOfThreadsOutOfRange(int maxThreads) {
    assertThatThrownBy(() -> new ElasticLimits("checkout", maxThreads, 1, KEEP_ALIVE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("maxThreads: %d (expected: 1 to 65536)", maxThreads);
  }

  @Test
  void refusesANegativeQueue() {
    assertThatThrownBy(() -> new ElasticLimits("checkout", 1, -1, KEEP_ALIVE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("maxQueued: -1 (expected: >= 0)");
  }

  @Test
  void refusesAKeepAliveThatIsNotPositive() {
    assertThatThrownBy(() -> new ElasticLimits("checkout", 1, 1, Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("keepAlive: PT0S (expected: > 0)");
  }

  @Test
  void countsBeyondTheRangeOfAnInt() {
    var limits = new ElasticLimits("checkout", 65_536, Integer.MAX_VALUE, KEEP_ALIVE);

    assertThat(limits.maxCalls()).isEqualTo(2_147_549_183L);
  }

  @Test
  void takesAnEndlessKeepAlive() {
    var limits = new ElasticLimits("checkout", 1, 1, Duration.ofSeconds(Long.MAX_VALUE));

    assertThat(limits.keepAliveNanos()).isEqualTo(Long.MAX_VALUE);
  }
}
