/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LineTest {
  private final Results results = new Results();
  private final Figure ours = measured("ours", 100, 110, 90);

  @Test
  void line_ofAPeerThatIsBeaten_isMet() {
    Line line =
        line(start().times("Netty", measured("netty", 400, 330, 450), 3.5, 2)); // 4, 3 and 5 times

    assertThat(line.text())
        .isEqualTo(
            "P2 submit: ours 100 ns (90.0..110)"
                + " | Netty 400, 4.00x (3.00..5.00; goal 3.5, milestone 2)"
                + " goal=met milestone=met");
    assertThat(line.isMeasured()).isTrue();
  }

  @Test
  void line_betweenMilestoneAndGoal_isHalfMet() {
    Line line = line(start().part("Mono", measured("mono", 250, 275, 225), 0.333, 0.5));

    assertThat(line.text()).endsWith(" goal=missed milestone=met");
    assertThat(line.isGoalMet()).isFalse();
    assertThat(line.isMilestoneMet()).isTrue();
  }

  @Test
  void line_withOnePeerOfTwoThatIsNotBeaten_isMissed() {
    Line line =
        line(
            start()
                .times("one", measured("one", 900, 990, 810), 8, 5)
                .times("other", measured("other", 100, 110, 90), 8, 5));

    assertThat(line.text()).endsWith(" goal=missed milestone=missed");
  }

  @Test
  void line_withAPeerThatIsOnlyShown_isNotJudgedByIt() {
    Line line = line(start().atMost(100, 200).beside("Kotlin", measured("kotlin", 1, 1, 1)));

    assertThat(line.text()).endsWith(" goal=met milestone=met").contains("Kotlin 1.00, 0.010x");
  }

  @Test
  void line_ofRates_comparesOursWithThePeers() {
    Line line =
        line(
            Measurement.of("P11", "db", "req/s", ours)
                .rate("Reactor Netty", measured("netty", 50, 50, 50), 2, 1.4) // 2, 2.2, 1.8 times
                .rate("Vert.x", measured("vertx", 200, 200, 200), 1)
                .besideRate("JDBC", measured("jdbc", 400, 400, 400)));

    assertThat(line.text())
        .isEqualTo(
            "P11 db: ours 100 req/s (90.0..110)"
                + " | Reactor Netty 50.0, 2.00x (1.80..2.20; goal 2, milestone 1.4)"
                + " | Vert.x 200, 0.500x (0.450..0.550; goal 1)"
                + " | JDBC 400, 0.250x (0.225..0.275)"
                + " goal=missed milestone=met");
  }

  @Test
  void line_ofOursAlone_isJudgedByTheMedian() {
    assertThat(line(start().atMost(100, 200)).isGoalMet()).isTrue();
    assertThat(line(start().atMost(99, 100)).text())
        .isEqualTo(
            "P2 submit: ours 100 ns (90.0..110; goal 99, milestone 100)"
                + " goal=missed milestone=met");
  }

  @Test
  void line_withoutABound_saysSo() {
    assertThat(line(start()).text()).contains("; no goal of its own");
    assertThat(line(start().atMost(1)).text()).doesNotContain("no goal of its own");
  }

  @Test
  void line_ofAFailedFork_isMissedAndSaysWhy() {
    Figure broken = measured("broken", 1, 1, 1);
    results.failed(broken.run(), "broken gave no result: exit code 3");

    Line line = line(start().times("Netty", broken, 3.5, 2));

    assertThat(line.text())
        .contains("broken gave no result: exit code 3")
        .endsWith(" goal=missed milestone=missed");
    assertThat(line.isMeasured()).isFalse();
  }

  @Test
  void line_ofAFigureThatTheForkDidNotPrint_isMissed() {
    Line line = line(start().times("Netty", new Figure(ours.run(), "other"), 3.5, 2));

    assertThat(line.text()).contains("no figure other").endsWith("milestone=missed");
    assertThat(line.isMeasured()).isFalse();
  }

  @Test
  void peersThatTheJdkLacksAreLeftOut() {
    Measurement line = start().times("virtual thread", FakeRun.onJdk(21), 4, 2.5);

    assertThat(line.onJdk(17).peers()).isEmpty();
    assertThat(line.onJdk(21).peers()).hasSize(1);
  }

  private Measurement start() {
    return Measurement.of("P2", "submit", "ns", ours);
  }

  private Line line(Measurement measurement) {
    return Line.of(measurement, results);
  }

  private Figure measured(String label, double... values) {
    Figure figure = FakeRun.figure(label, List.of());
    for (double value : values) {
      results.add(figure.run(), Map.of(Figure.SCORE, value));
    }
    return figure;
  }
}
