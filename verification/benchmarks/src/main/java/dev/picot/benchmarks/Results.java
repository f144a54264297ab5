/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the forks have measured so far. */
final class Results {
  private final Map<Figure, List<Double>> values = new LinkedHashMap<>();
  private final Map<Run, String> failures = new LinkedHashMap<>();

  void add(Run run, Map<String, Double> figures) {
    figures.forEach(
        (key, value) ->
            values.computeIfAbsent(new Figure(run, key), none -> new ArrayList<>()).add(value));
  }

  void failed(Run run, String reason) {
    failures.put(run, reason);
  }

  boolean isFailed(Run run) {
    return failures.containsKey(run);
  }

  /** The series of a figure, or the reason why there is none. */
  Series of(Figure figure) {
    String failure = failures.get(figure.run());
    List<Double> found = values.get(figure);
    if (failure != null || found == null) {
      throw new RunFailedException(
          figure.run().label(), failure == null ? "no figure " + figure.key() : failure, null);
    }
    return new Series(found);
  }
}
