/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.benchmarks.techempower.server.Call.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CallTest {
  @ParameterizedTest
  @CsvSource({
    "/plaintext, PLAINTEXT",
    "/json, JSON",
    "/db, DB",
    "/db?queries=7, DB",
    "/queries, QUERIES",
    "/queries?queries=7, QUERIES",
    "/fortunes, FORTUNES",
    "/updates?queries=7, UPDATES"
  })
  void pathSaysWhatIsAskedFor(String target, Kind kind) {
    assertThat(Call.of(target)).map(Call::kind).contains(kind);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/", "/dbx", "/d", "/queries/", "db"})
  void pathThatIsNotKnownIsNoCall(String target) {
    assertThat(Call.of(target)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "/queries, 1",
    "/queries?, 1",
    "/queries?queries=, 1",
    "/queries?queries=foo, 1",
    "/queries?queries=2.5, 1",
    "/queries?queries=-1, 1",
    "/queries?queries=0, 1",
    "/queries?queries=1, 1",
    "/queries?queries=20, 20",
    "/queries?queries=500, 500",
    "/queries?queries=501, 500",
    "/queries?queries=9999999999, 500",
    "/queries?queries=99999999999999999999, 1",
    "/queries?a=3&queries=4&b=5, 4",
    "/queries?xqueries=4, 1",
    "/updates?queries=3, 3"
  })
  void countIsClampedToWhatTheRulesAllow(String target, int count) {
    assertThat(Call.of(target)).map(Call::count).contains(count);
  }

  @Test
  void onlyWhatNeedsTheDatabaseIsWithRows() {
    assertThat(Kind.values())
        .filteredOn(Kind::isWithRows)
        .containsExactly(Kind.DB, Kind.QUERIES, Kind.FORTUNES, Kind.UPDATES);
  }
}
