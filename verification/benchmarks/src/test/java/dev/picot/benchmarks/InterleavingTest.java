/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class InterleavingTest {
  private final List<String> log = new ArrayList<>();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final Interleaving interleaving =
      new Interleaving(Effort.SHORT, new PrintStream(out, true, StandardCharsets.UTF_8));

  @Test
  void eachRoundGoesTheOtherWayRound() {
    Figure ours = FakeRun.figure("ours", log, 1.0, 2.0);
    Figure peer = FakeRun.figure("peer", log, 4.0, 5.0);

    Results results = interleaving.run(List.of(line(ours).beside("peer", peer)));

    assertThat(log).containsExactly("ours", "peer", "peer", "ours");
    assertThat(results.of(ours).values()).containsExactly(1.0, 2.0);
    assertThat(results.of(peer).values()).containsExactly(4.0, 5.0);
  }

  @Test
  void forkThatTwoLinesNeedRunsOnceARound() {
    Figure ours = FakeRun.figure("ours", log, 1.0, 2.0);

    Results results = interleaving.run(List.of(line(ours), line(ours)));

    assertThat(results.of(ours).size()).isEqualTo(Effort.SHORT.rounds());
  }

  @Test
  void forkThatFailedIsNotTriedAgainAndTheOthersGoOn() {
    Figure broken = FakeRun.figure("broken", log);
    Figure ours = FakeRun.figure("ours", log, 1.0, 2.0);

    Results results = interleaving.run(List.of(line(broken), line(ours)));

    assertThat(log).containsOnlyOnce("broken");
    assertThat(results.of(ours).size()).isEqualTo(2);
    assertThatThrownBy(() -> results.of(broken)).hasMessageContaining("no luck");
  }

  @Test
  void progressCountsTheForks() {
    Figure ours = FakeRun.figure("ours", log, 1.0, 2.0);

    Results results = interleaving.run(List.of(line(ours)));

    assertThat(results.of(ours).size()).isEqualTo(2);
    assertThat(out.toString(StandardCharsets.UTF_8).lines())
        .hasSize(2)
        .first()
        .isEqualTo("[1/2] round 1 of 2, ours");
  }

  private static Measurement line(Figure ours) {
    return Measurement.of("P2", "submit", "ns", ours);
  }
}
