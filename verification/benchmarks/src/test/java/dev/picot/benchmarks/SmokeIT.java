/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.benchmarks.engine.EngineGroup;
import dev.picot.benchmarks.reactor.ReactorGroup;
import dev.picot.benchmarks.techempower.TechEmpowerGroup;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The whole command, each fork as short as it can be: only that everything was measured. */
class SmokeIT {
  private record Ended(int exitCode, List<String> lines) {}

  /** Two at a time: a fork that only starts and ends is busy with one thread. */
  private static final ExecutorService TWO = Executors.newFixedThreadPool(2);

  private static final Map<String, Future<Ended>> RUNS = new HashMap<>();

  static List<Group> groups() {
    return List.of(new EngineGroup(), new ReactorGroup(), new TechEmpowerGroup());
  }

  @BeforeAll
  static void start() {
    System.setProperty("jmh.ignoreLock", "true"); // it is there for the sake of the figures
    groups().forEach(group -> RUNS.put(group.name(), TWO.submit(() -> run(group))));
  }

  @AfterAll
  static void end() {
    TWO.shutdownNow();
    System.clearProperty("jmh.ignoreLock");
  }

  private static Ended run(Group group) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int exitCode =
        Bench.run(new PrintStream(out, true, StandardCharsets.UTF_8), group.name(), "--smoke");
    return new Ended(exitCode, out.toString(StandardCharsets.UTF_8).lines().toList());
  }

  @ParameterizedTest
  @MethodSource("groups")
  void everyLineIsMeasuredAndEndsWithItsVerdict(Group group) throws Exception {
    Ended ended = RUNS.get(group.name()).get();

    List<String> lines = ended.lines();
    assertThat(ended.exitCode()).as("%s", String.join("\n", lines)).isZero();
    for (Measurement measurement : group.measurements(Effort.SMOKE)) {
      String start = measurement.row() + " " + measurement.what() + ": ours ";
      assertThat(lines.stream().filter(line -> line.startsWith(start)))
          .singleElement()
          .asString()
          .matches(".* goal=(met|missed) milestone=(met|missed)");
    }
  }
}
