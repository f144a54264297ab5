/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class WorldTest {
  @RepeatedTest(10)
  void distinctIdsAreAsManyAsWantedAndInOrder() {
    int[] ids = World.distinctRandomIds(Call.MOST);

    assertThat(ids).hasSize(Call.MOST).doesNotHaveDuplicates().isSorted();
    assertThat(ids[0]).isPositive();
    assertThat(ids[Call.MOST - 1]).isLessThanOrEqualTo(World.ROWS);
  }

  @Test
  void idsAreThoseOfTheTable() {
    assertThat(World.randomIds(100_000)).hasSize(100_000).contains(1, World.ROWS);
    assertThat(IntStream.range(0, 100_000).map(i -> World.randomId()).summaryStatistics())
        .satisfies(
            all -> {
              assertThat(all.getMin()).isEqualTo(1);
              assertThat(all.getMax()).isEqualTo(World.ROWS);
            });
  }

  @Test
  void newNumberIsNeverTheOldOne() {
    int[] numbers =
        IntStream.range(0, 200_000)
            .map(i -> new World(7, 5_000).renumbered().randomNumber())
            .toArray();

    assertThat(numbers).doesNotContain(5_000).contains(1, 4_999, 5_001, World.ROWS);
    assertThat(new World(7, 5_000).renumbered().id()).isEqualTo(7);
  }
}
