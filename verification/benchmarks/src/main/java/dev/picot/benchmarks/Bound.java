/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What ours, or its ratio to one peer, has to hold.
 *
 * @param comparison how the two are compared
 * @param goal the last figure that meets the goal
 * @param milestone the last figure that meets the first milestone; infinite if none is set, which
 *     is met by everything
 */
public record Bound(Comparison comparison, double goal, double milestone) {
  /** How ours is compared with a peer. */
  public enum Comparison {
    /** The peer costs so many times as much as ours: at least. */
    TIMES("x") {
      @Override
      double ratio(double ours, double peer) {
        return peer / ours;
      }
    },
    /** Ours does so many times as much as the peer: at least. */
    RATE("x") {
      @Override
      double ratio(double ours, double peer) {
        return ours / peer;
      }
    },
    /** Ours costs this part of the peer: at most. */
    PART(" of it") {
      @Override
      double ratio(double ours, double peer) {
        return ours / peer;
      }
    },
    /** Ours, under the conditions of the column, costs so many times as much: at most. */
    GROWTH(" times ours") {
      @Override
      double ratio(double ours, double peer) {
        return peer / ours;
      }
    },
    /** Ours alone: at most. */
    ALONE("") {
      @Override
      double ratio(double ours, double peer) {
        return ours;
      }
    };

    private final String unit;

    Comparison(String unit) {
      this.unit = unit;
    }

    abstract double ratio(double ours, double peer);

    String unit() {
      return unit;
    }

    /** Whether a bound is the least that meets it, and not the greatest. */
    boolean isAtLeast() {
      return this == TIMES || this == RATE;
    }

    boolean isMetBy(double figure, double bound) {
      return isAtLeast() ? figure >= bound : figure <= bound;
    }

    /** The bound that everything meets. */
    double none() {
      return isAtLeast() ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
    }
  }

  /** {@return whether the figure meets the goal} */
  boolean meetsGoal(double figure) {
    return comparison.isMetBy(figure, goal);
  }

  /** {@return whether the figure meets the first milestone} */
  boolean meetsMilestone(double figure) {
    return comparison.isMetBy(figure, milestone);
  }

  /** The ratios of the rounds: each of ours to the peer's of the same round. */
  Series ratios(Series ours, Series peer) {
    List<Double> all = new ArrayList<>();
    for (int round = 0; round < Math.min(ours.size(), peer.size()); round++) {
      all.add(comparison.ratio(ours.of(round), peer.of(round)));
    }
    return new Series(all);
  }

  String describe() {
    String goalText = "goal " + number(goal);
    return Double.isInfinite(milestone) ? goalText : goalText + ", milestone " + number(milestone);
  }

  private static String number(double value) {
    String text = String.format(Locale.ROOT, "%.3f", value);
    return text.replaceAll("0+$", "").replaceAll("\\.$", "");
  }
}
