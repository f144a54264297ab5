/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Runs the forks of measurements in turns, so that a machine that gets slower or faster does so for
 * ours and its peers alike; each round goes the other way round than the one before.
 */
final class Interleaving {
  private final Effort effort;
  private final PrintStream progress;
  private final long startNanos = System.nanoTime();

  Interleaving(Effort effort, PrintStream progress) {
    this.effort = effort;
    this.progress = progress;
  }

  Results run(List<Measurement> measurements) {
    Set<Run> distinct = new LinkedHashSet<>();
    measurements.forEach(measurement -> distinct.addAll(measurement.runs()));
    List<Run> runs = new ArrayList<>(distinct);
    Results results = new Results();
    int done = 0;
    int all = runs.size() * effort.rounds();
    for (int round = 1; round <= effort.rounds(); round++) {
      for (Run run : runs) {
        progress.printf(
            "[%d/%d] round %d of %d, %s%s%n",
            ++done, all, round, effort.rounds(), run.label(), timeLeft(done - 1, all));
        progress.flush();
        if (!results.isFailed(run)) {
          try {
            results.add(run, run.once(effort));
          } catch (RunFailedException e) {
            progress.println(e.getMessage());
            results.failed(run, e.getMessage().lines().findFirst().orElse(""));
          }
        }
      }
      Collections.reverse(runs);
    }
    return results;
  }

  private String timeLeft(int done, int all) {
    if (done == 0) {
      return "";
    }
    long gone = System.nanoTime() - startNanos;
    Duration left = Duration.ofNanos(gone / done * (all - done));
    return String.format(", about %d:%02d min left", left.toMinutes(), left.toSecondsPart());
  }
}
