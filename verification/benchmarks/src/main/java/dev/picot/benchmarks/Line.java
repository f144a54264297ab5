/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks;

import dev.picot.benchmarks.Measurement.Peer;

/**
 * One line of the table, with its verdict.
 *
 * @param text the line
 * @param isGoalMet whether every goal of the line is met
 * @param isMilestoneMet whether every first milestone of the line is met
 * @param isMeasured whether every fork gave its figure
 */
record Line(String text, boolean isGoalMet, boolean isMilestoneMet, boolean isMeasured) {
  /** Judges by the median of the ratios, each of two figures of the same round. */
  static Line of(Measurement measurement, Results results) {
    StringBuilder text = new StringBuilder();
    text.append(measurement.row()).append(' ').append(measurement.what()).append(": ");
    boolean goal = true;
    boolean milestone = true;
    boolean measured = true;
    try {
      Series ours = results.of(measurement.ours());
      text.append("ours ").append(ours.text()).append(' ').append(measurement.unit());
      text.append(" (").append(ours.spread());
      for (Bound bound : measurement.alone()) {
        text.append("; ").append(bound.describe());
        goal &= bound.meetsGoal(ours.median());
        milestone &= bound.meetsMilestone(ours.median());
      }
      text.append(')');
      for (Peer peer : measurement.peers()) {
        Series theirs = results.of(peer.figure());
        Bound bound = peer.bound();
        Series ratios = bound.ratios(ours, theirs);
        text.append(" | ").append(peer.name()).append(' ').append(theirs.text());
        text.append(", ").append(ratios.text()).append(bound.comparison().unit());
        text.append(" (").append(ratios.spread());
        if (peer.isJudged()) {
          text.append("; ").append(bound.describe());
          goal &= bound.meetsGoal(ratios.median());
          milestone &= bound.meetsMilestone(ratios.median());
        }
        text.append(')');
      }
    } catch (RunFailedException e) {
      text.append(e.getMessage());
      goal = false;
      milestone = false;
      measured = false;
    }
    if (measurement.isUnbound()) {
      text.append("; no goal of its own");
    }
    text.append(" goal=").append(goal ? "met" : "missed");
    text.append(" milestone=").append(milestone ? "met" : "missed");
    return new Line(text.toString(), goal, milestone, measured);
  }
}
