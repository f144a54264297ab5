/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command that measures ours beside its peers and prints the table. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Measures ours beside its peers, each in a process of its own, in turns, and prints one line",
      "per measurement: ours, each peer, their ratio (median and extremes of the rounds), and",
      "whether goal and first milestone are met by the medians of this run."
    })
public final class Bench implements Callable<Integer> {
  private final PrintStream out;

  @Spec private CommandSpec spec;

  @Parameters(arity = "1..*", paramLabel = "GROUP", description = "What to measure.")
  private List<String> names;

  @ArgGroup(exclusive = true)
  private Efforts efforts = new Efforts();

  @Option(
      names = "--rows",
      split = ",",
      paramLabel = "ROW",
      description = "Only these rows, such as P2,P3.")
  private List<String> rows = new ArrayList<>();

  /** How long to measure. */
  static final class Efforts {
    @Option(names = "--short", description = "Minutes instead of an hour; shows the magnitude.")
    private boolean isShort;

    @Option(names = "--smoke", description = "Shows that everything runs; believe no figure.")
    private boolean isSmoke;

    Effort chosen() {
      if (isSmoke) {
        return Effort.SMOKE;
      }
      return isShort ? Effort.SHORT : Effort.FULL;
    }
  }

  private Bench(PrintStream out) {
    this.out = out;
  }

  /**
   * Runs the command.
   *
   * @param arguments see {@code --help}
   */
  public static void main(String[] arguments) {
    System.exit(run(System.out, arguments));
  }

  /** Runs the command in this process and returns its exit code. */
  static int run(PrintStream out, String... arguments) {
    // Others may measure on this machine at the same time; that is the caller's choice.
    System.setProperty("jmh.ignoreLock", "true");
    CommandLine command = new CommandLine(new Bench(out));
    command.getCommandSpec().usageMessage().footer(footer());
    return command
        .setOut(new PrintWriter(out, true, StandardCharsets.UTF_8))
        .setErr(new PrintWriter(out, true, StandardCharsets.UTF_8))
        .execute(arguments);
  }

  private static String[] footer() {
    List<String> lines = new ArrayList<>(List.of("", "Groups:"));
    groups().forEach(group -> lines.add(String.format("  %-10s %s", group.name(), group.about())));
    lines.add("");
    lines.add("With Maven: mvn -q -Pbench -Dbench.args=\"engine --short\"");
    lines.add("Exit code: 0 if everything was measured, whatever the verdict; 1 if something");
    lines.add("failed; 2 if the command was not understood.");
    return lines.toArray(String[]::new);
  }

  private static ServiceLoader<Group> groups() {
    return ServiceLoader.load(Group.class);
  }

  @Override
  public Integer call() {
    List<Group> known = new ArrayList<>();
    groups().forEach(known::add);
    try {
      return measure(known);
    } finally {
      known.forEach(Group::close);
    }
  }

  private int measure(List<Group> known) {
    Effort effort = efforts.chosen();
    List<Measurement> chosen = chosen(known, effort);
    Results results = new Interleaving(effort, out).run(chosen);
    out.printf(
        Locale.ROOT,
        "%nJDK %s, %d processors, %d rounds, %s%n",
        System.getProperty("java.vm.version"),
        Runtime.getRuntime().availableProcessors(),
        effort.rounds(),
        effort.name().toLowerCase(Locale.ROOT));
    known.forEach(group -> group.notes().forEach(out::println));
    boolean measured = true;
    for (Measurement measurement : chosen) {
      Line line = Line.of(measurement, results);
      measured &= line.isMeasured();
      out.println(line.text());
    }
    return measured ? 0 : 1;
  }

  private List<Measurement> chosen(List<Group> groups, Effort effort) {
    List<Measurement> all = new ArrayList<>();
    Set<String> known = new TreeSet<>();
    for (Group group : groups) {
      known.add(group.name());
      if (names.contains(group.name())) {
        all.addAll(group.measurements(effort));
      }
    }
    if (!known.containsAll(names)) {
      throw refused("group", names, known);
    }
    List<String> present = all.stream().map(Measurement::row).distinct().toList();
    if (!present.containsAll(rows)) {
      throw refused("row", rows, present);
    }
    return all.stream()
        .filter(measurement -> rows.isEmpty() || rows.contains(measurement.row()))
        .map(measurement -> measurement.onJdk(Run.JDK))
        .toList();
  }

  private ParameterException refused(String what, List<String> asked, Collection<String> known) {
    List<String> unknown = asked.stream().filter(name -> !known.contains(name)).toList();
    return new ParameterException(
        spec.commandLine(),
        String.format("unknown %s: %s (expected: %s)", what, unknown, String.join(", ", known)));
  }
}
