/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import org.junit.jupiter.api.Test;

class HttpDateTest {
  @Test
  void dateIsThatOfNow() {
    ZonedDateTime date = ZonedDateTime.parse(HttpDate.now(), DateTimeFormatter.RFC_1123_DATE_TIME);

    assertThat(Duration.between(date, ZonedDateTime.now(ZoneOffset.UTC)).abs())
        .isLessThan(Duration.ofSeconds(5));
    assertThat(HttpDate.now()).endsWith(" GMT");
  }
}
