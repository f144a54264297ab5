/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.benchmarks.Effort;
import dev.picot.benchmarks.GroupContract;
import dev.picot.benchmarks.Measurement;
import dev.picot.benchmarks.techempower.server.Variant;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class TechEmpowerGroupTest extends GroupContract {
  private final TechEmpowerGroup group = new TechEmpowerGroup();

  TechEmpowerGroupTest() {
    super(new TechEmpowerGroup(), "P10", "P11");
  }

  @Test
  void everyVariantOfOursHasALineForEachFigure() {
    for (Variant ours : Variant.values()) {
      assertThat(group.measurements(Effort.SHORT).stream().map(Measurement::what))
          .filteredOn(what -> what.contains(", " + ours.label() + ","))
          .hasSize(ours.isOurs() ? 4 * Workload.values().length : 0);
    }
  }

  @Test
  void everyPeerStandsBesideOursWhereRowsAreRead() {
    assertThat(group.measurements(Effort.SHORT))
        .filteredOn(line -> line.row().equals("P11"))
        .allSatisfy(
            line ->
                assertThat(line.peers().stream().map(Measurement.Peer::name))
                    .containsExactlyElementsOf(
                        Arrays.stream(Variant.values())
                            .filter(variant -> !variant.isOurs())
                            .map(Variant::label)
                            .toList()));
  }

  @Test
  void onlyAFullRunTakesTheTimeForManyConnections() {
    assertThat(group.measurements(Effort.SHORT)).noneMatch(line -> line.what().contains("256"));
    assertThat(group.measurements(Effort.SMOKE)).noneMatch(line -> line.what().contains("256"));
    assertThat(group.measurements(Effort.FULL))
        .hasSize(2 * group.measurements(Effort.SHORT).size());
  }

  @Test
  void groupThatMeasuredNothingHasNothingToTellOrToEnd() {
    assertThat(group.notes()).isEmpty();
    group.close();
    assertThat(group.notes()).isEmpty();
  }
}
