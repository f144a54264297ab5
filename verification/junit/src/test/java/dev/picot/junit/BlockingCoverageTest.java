/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.junit.Incident.Detector;
import dev.picot.junit.cases.BlockingOperations;
import dev.picot.junit.cases.BlockingOperations.Operation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The documentation says which detector sees what; {@code -Dcoverage.update} writes it anew for the
 * running JDK.
 */
class BlockingCoverageTest {
  private static final String FLAG = "-XX:+AllowRedefinitionToAddDeleteMethods";
  private static final Path PAGE = Path.of("../../docs/reference/blocking-detection.md");
  private static final String BEGIN =
      "<!-- coverage " + (Runtime.version().feature() < 25 ? "17" : "25") + " -->\n";
  private static final String END = "<!-- end coverage -->";

  /** What one JVM saw of an operation. */
  private record Seen(String detectors, String kinds) {
    boolean isBy(Detector detector) {
      return List.of(detectors.split(",")).contains(detector.name());
    }
  }

  @Test
  void theTableOfThisJdkIsWhatTheDetectorsSee() throws Exception {
    String page = Files.readString(PAGE);
    int begin = page.indexOf(BEGIN) + BEGIN.length();
    int end = page.indexOf(END, begin);

    String table = table();

    if (System.getProperty("coverage.update") != null) {
      Files.writeString(PAGE, page.substring(0, begin) + table + page.substring(end));
    } else {
      assertThat(page.substring(begin, end))
          .as("If the change is meant: mvn -q test -Dtest=BlockingCoverageTest -Dcoverage.update")
          .isEqualTo(table);
    }
  }

  private static String table() throws Exception {
    Map<String, Seen> withBlockHound = seen(new ChildJvm().with(FLAG), false);
    Map<String, Seen> without = seen(new ChildJvm(), true);
    return "| Operation | Kind | BlockHound | Flight Recorder | Watchdog |\n"
        + "| --- | --- | --- | --- | --- |\n"
        + BlockingOperations.all().stream()
            .map(
                operation ->
                    row(
                        operation,
                        withBlockHound.get(operation.name()),
                        without.get(operation.name())))
            .collect(Collectors.joining());
  }

  private static String row(Operation operation, Seen withBlockHound, Seen without) {
    String kinds = without.kinds().isEmpty() ? withBlockHound.kinds() : without.kinds();
    return Stream.of(
            operation.name(),
            kinds.isEmpty() ? "-" : "`" + kinds.replace(",", "`, `") + "`",
            withBlockHound.isBy(Detector.BLOCKHOUND) ? "yes" : "no",
            without.isBy(Detector.FLIGHT_RECORDER) ? "yes" : "no",
            operation.isBrief() ? "if long" : without.isBy(Detector.WATCHDOG) ? "yes" : "no")
        .collect(Collectors.joining(" | ", "| ", " |\n"));
  }

  private static Map<String, Seen> seen(ChildJvm jvm, boolean forTheWatchdog) throws Exception {
    Map<String, Seen> seen = new HashMap<>();
    for (String line : jvm.run(CoverageMain.class, String.valueOf(forTheWatchdog))) {
      String[] parts = line.split("\t", -1);
      if (parts.length == 3) {
        seen.put(parts[0], new Seen(parts[1], parts[2]));
      }
    }
    assertThat(seen.keySet())
        .containsAll(BlockingOperations.all().stream().map(Operation::name).toList());
    return seen;
  }
}
