/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The program wrk with one thread, as it is on the path. */
final class Wrk implements LoadGenerator {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final Pattern TOTAL = Pattern.compile("(\\d+) requests in ([\\d.]+)(us|ms|s|m)");
  private static final Pattern PERCENTILE =
      Pattern.compile("^\\s*(\\d+)%\\s+([\\d.]+)(us|ms|s|m) *$", Pattern.MULTILINE);
  private static final Pattern FAILURE =
      Pattern.compile("^\\s*((?:Socket errors|Non-2xx).*)$", Pattern.MULTILINE);
  private static final Map<String, Double> MILLIS =
      Map.of("us", 1e-3, "ms", 1.0, "s", 1e3, "m", 60e3);

  private final Path program;

  private Wrk(Path program) {
    this.program = program;
  }

  static Optional<Wrk> find() {
    String path = System.getenv().getOrDefault("PATH", "");
    return Arrays.stream(path.split(File.pathSeparator, -1))
        .filter(folder -> !folder.isEmpty())
        .map(folder -> Path.of(folder, "wrk"))
        .filter(Files::isExecutable)
        .findFirst()
        .map(Wrk::new);
  }

  @Override
  public String name() {
    return "wrk with one thread";
  }

  /** Runs for whole seconds, at least one. */
  @Override
  public Load run(URI target, int connections, Duration duration)
      throws IOException, InterruptedException {
    Path output = Files.createTempFile("wrk", ".txt");
    try {
      Process process =
          new ProcessBuilder(
                  program.toString(),
                  "--threads=1",
                  "--connections=" + connections,
                  "--duration=" + Math.max(1, duration.toSeconds()) + "s",
                  "--timeout=" + LIMIT.toSeconds() + "s",
                  "--latency",
                  target.toString())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      try {
        Duration limit = duration.plus(LIMIT);
        if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
          throw new IllegalStateException("wrk did not end within " + limit);
        }
      } finally {
        process.destroyForcibly();
      }
      return parse(Files.readString(output, StandardCharsets.UTF_8));
    } finally {
      Files.delete(output);
    }
  }

  static Load parse(String text) {
    Matcher failure = FAILURE.matcher(text);
    if (failure.find()) {
      throw new IllegalStateException("wrk: " + failure.group(1).strip());
    }
    Matcher total = TOTAL.matcher(text);
    if (!total.find()) {
      throw new IllegalStateException("wrk: " + text.strip());
    }
    return new Load(
        Long.parseLong(total.group(1)),
        millis(total.group(2), total.group(3)) / 1e3,
        percentile(text, "50"),
        percentile(text, "99"));
  }

  private static double percentile(String text, String which) {
    return PERCENTILE
        .matcher(text)
        .results()
        .filter(line -> line.group(1).equals(which))
        .mapToDouble(line -> millis(line.group(2), line.group(3)))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("wrk: no " + which + "%: " + text.strip()));
  }

  private static double millis(String number, String unit) {
    return Double.parseDouble(number) * MILLIS.get(unit);
  }
}
