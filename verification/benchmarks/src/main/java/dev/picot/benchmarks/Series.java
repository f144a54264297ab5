/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks;

import java.util.List;
import java.util.Locale;

/**
 * One figure, once for each round.
 *
 * @param values by round
 */
record Series(List<Double> values) {
  Series {
    values = List.copyOf(values);
  }

  int size() {
    return values.size();
  }

  double of(int round) {
    return values.get(round);
  }

  double median() {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  double min() {
    return values.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
  }

  double max() {
    return values.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
  }

  /** The median with as many digits as mean something. */
  String text() {
    return text(median());
  }

  /** The least and the greatest. */
  String spread() {
    return text(min()) + ".." + text(max());
  }

  private static String text(double value) {
    double size = Math.abs(value);
    String format = size >= 100 ? "%,.0f" : size >= 10 ? "%.1f" : size >= 1 ? "%.2f" : "%.3f";
    return String.format(Locale.ROOT, format, value);
  }
}
