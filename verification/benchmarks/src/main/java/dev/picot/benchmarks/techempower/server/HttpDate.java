/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower.server;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** The value of the header that tells the time; formatted once a second, as the rules allow. */
final class HttpDate {
  private static volatile Stamp latest = Stamp.of(0);

  private HttpDate() {}

  /** The time now. */
  static String now() {
    long second = System.currentTimeMillis() / 1_000;
    Stamp stamp = latest;
    if (stamp.second != second) {
      stamp = Stamp.of(second);
      latest = stamp;
    }
    return stamp.text;
  }

  private record Stamp(long second, String text) {
    static Stamp of(long second) {
      return new Stamp(
          second,
          DateTimeFormatter.RFC_1123_DATE_TIME.format(
              Instant.ofEpochSecond(second).atOffset(ZoneOffset.UTC)));
    }
  }
}
