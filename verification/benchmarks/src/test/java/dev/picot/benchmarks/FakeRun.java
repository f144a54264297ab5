/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A fork that gives what it was told to, and notes that it ran. */
final class FakeRun implements Run {
  private final String label;
  private final int leastJdk;
  private final List<String> log;
  private final List<Double> scores;

  private FakeRun(String label, int leastJdk, List<String> log, List<Double> scores) {
    this.label = label;
    this.leastJdk = leastJdk;
    this.log = log;
    this.scores = new ArrayList<>(scores);
  }

  /** Without scores it fails. */
  static Figure figure(String label, List<String> log, Double... scores) {
    return new Figure(new FakeRun(label, 17, log, List.of(scores)), Figure.SCORE);
  }

  static Figure onJdk(int leastJdk) {
    return new Figure(new FakeRun("new", leastJdk, new ArrayList<>(), List.of()), Figure.SCORE);
  }

  @Override
  public String label() {
    return label;
  }

  @Override
  public int leastJdk() {
    return leastJdk;
  }

  @Override
  public Map<String, Double> once(Effort effort) {
    log.add(label);
    if (scores.isEmpty()) {
      throw new RunFailedException(label, "no luck", null);
    }
    return Map.of(Figure.SCORE, scores.remove(0));
  }
}
