/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * One fork of a program that measures by itself, and prints each figure with {@link #print}.
 *
 * @param program the main class; its first argument is the {@link Effort}
 * @param arguments the others
 * @param jvmArguments more arguments for its JVM
 * @param leastJdk the least JDK that it needs
 */
public record ProgramRun(
    Class<?> program, List<String> arguments, List<String> jvmArguments, int leastJdk)
    implements Run {
  private static final String MARK = "figure ";
  private static final int MINUTES = 10;
  private static final int LINES_OF_A_FAILURE = 12;

  /** Makes it; with the copies of its lists. */
  public ProgramRun {
    arguments = List.copyOf(arguments);
    jvmArguments = List.copyOf(jvmArguments);
  }

  /**
   * Prints a figure, in the fork.
   *
   * @param key its name
   * @param value of the figure
   */
  public static void print(String key, double value) {
    System.out.println(String.format(Locale.ROOT, "%s%s %.6f", MARK, key, value));
  }

  /**
   * Lists what each JVM that measures is told: a fixed heap, and what the peers like to use.
   *
   * @param effort how long it measures
   * @return the arguments, a new list
   */
  public static List<String> commonArguments(Effort effort) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "-Xms2g",
                "-Xmx2g",
                "-Djava.util.logging.config.class=" + ForkLogging.class.getName()));
    if (effort == Effort.SMOKE) {
      all.add("-XX:TieredStopAtLevel=1"); // nobody believes its figures
    }
    if (JDK >= 24) {
      all.add("--sun-misc-unsafe-memory-access=allow");
      all.add("--enable-native-access=ALL-UNNAMED");
    }
    return all;
  }

  @Override
  public String label() {
    List<String> words = new ArrayList<>(List.of(program.getSimpleName()));
    words.addAll(arguments);
    words.addAll(jvmArguments);
    return String.join(" ", words);
  }

  @Override
  public Map<String, Double> once(Effort effort) {
    List<String> command =
        new ArrayList<>(List.of(System.getProperty("java.home") + File.separator + "bin/java"));
    command.addAll(commonArguments(effort));
    command.addAll(jvmArguments);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
    command.add(effort.name());
    command.addAll(arguments);
    try {
      Path output = Files.createTempFile("bench", ".txt");
      try {
        return figures(command, output);
      } finally {
        Files.delete(output);
      }
    } catch (IOException e) {
      throw new RunFailedException(label(), String.valueOf(e), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RunFailedException(label(), "interrupted", e);
    }
  }

  private Map<String, Double> figures(List<String> command, Path output)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    boolean ended = false;
    try {
      ended = process.waitFor(MINUTES, TimeUnit.MINUTES);
    } finally {
      process.destroyForcibly();
    }
    List<String> lines = Files.readAllLines(output);
    if (!ended || process.exitValue() != 0) {
      String how = ended ? "exit code " + process.exitValue() : "no end after " + MINUTES + " min";
      throw new RunFailedException(label(), how + "\n" + String.join("\n", last(lines)), null);
    }
    Map<String, Double> figures = new HashMap<>();
    for (String line : lines) {
      if (line.startsWith(MARK)) {
        int blank = line.lastIndexOf(' ');
        figures.put(
            line.substring(MARK.length(), blank), Double.valueOf(line.substring(blank + 1)));
      }
    }
    return figures;
  }

  private static List<String> last(List<String> lines) {
    return lines.subList(Math.max(0, lines.size() - LINES_OF_A_FAILURE), lines.size());
  }
}
