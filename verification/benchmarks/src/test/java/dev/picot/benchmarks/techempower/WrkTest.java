/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.picot.benchmarks.techempower.LoadGenerator.Load;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WrkTest {
  private static final String OUTPUT =
      """
      Running 3s test @ http://127.0.0.1:8080/db
        1 threads and 64 connections
        Thread Stats   Avg      Stdev     Max   +/- Stdev
          Latency     6.22ms    7.02ms  99.53ms   94.00%
          Req/Sec    12.14k     1.51k   13.61k    86.67%
        Latency Distribution
           50%    4.81ms
           75%  950.00us
           90%    9.60ms
           99%    1.04s\s
        36316 requests in 3.01s, 5.30MB read
      Requests/sec:  12069.97
      Transfer/sec:      1.76MB
      """;

  @Test
  void figuresAreThoseThatItPrints() {
    Load load = Wrk.parse(OUTPUT);

    assertThat(load.requests()).isEqualTo(36_316);
    assertThat(load.seconds()).isCloseTo(3.01, within(1e-9));
    assertThat(load.p50()).isCloseTo(4.81, within(1e-9));
    assertThat(load.p99()).isCloseTo(1_040, within(1e-9));
  }

  @Test
  void minutesAndMicrosecondsAreMilliseconds() {
    Load load =
        Wrk.parse(
            OUTPUT
                .replace("4.81ms", "950.00us")
                .replace("1.04s", "1.50m")
                .replace("3.01s", "2.00m"));

    assertThat(load.p50()).isCloseTo(0.95, within(1e-9));
    assertThat(load.p99()).isCloseTo(90_000, within(1e-6));
    assertThat(load.seconds()).isCloseTo(120, within(1e-9));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "  Socket errors: connect 0, read 3, write 0, timeout 0",
        "  Non-2xx or 3xx responses: 12"
      })
  void answersThatFailedFailTheRun(String line) {
    assertThatThrownBy(() -> Wrk.parse(OUTPUT + line + "\n"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("wrk: " + line.strip());
  }

  @Test
  void outputOfAFailureIsShown() {
    assertThatThrownBy(() -> Wrk.parse("unable to connect to 127.0.0.1:1 Connection refused\n"))
        .hasMessage("wrk: unable to connect to 127.0.0.1:1 Connection refused");
  }
}
