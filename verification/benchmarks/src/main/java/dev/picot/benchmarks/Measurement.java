/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks;

import dev.picot.benchmarks.Bound.Comparison;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * One line of the table: ours, its peers, and what ours has to hold.
 *
 * @param row the id of the row that it belongs to
 * @param what is measured
 * @param unit of the figures; less is better, but for rates
 * @param ours where our figure comes from
 * @param alone what ours has to hold without a peer; none if empty
 * @param peers the others
 */
public record Measurement(
    String row, String what, String unit, Figure ours, List<Bound> alone, List<Peer> peers) {

  /**
   * One of the others.
   *
   * @param name of the peer
   * @param figure where its figure comes from
   * @param bound what our ratio to it has to hold
   * @param isJudged whether the bound is part of the verdict, or only says how to compare
   */
  public record Peer(String name, Figure figure, Bound bound, boolean isJudged) {}

  /** Makes it; with the copies of its lists. */
  public Measurement {
    alone = List.copyOf(alone);
    peers = List.copyOf(peers);
  }

  /**
   * Begins a line without peers.
   *
   * @param row the id of the row
   * @param what is measured
   * @param unit of the figures
   * @param ours where our figure comes from
   * @return the line
   */
  public static Measurement of(String row, String what, String unit, Figure ours) {
    return new Measurement(row, what, unit, ours, List.of(), List.of());
  }

  /**
   * Says what ours has to hold by itself.
   *
   * @param goal at most
   * @param milestone at most
   * @return the line with it
   */
  public Measurement atMost(double goal, double milestone) {
    return new Measurement(
        row, what, unit, ours, List.of(new Bound(Comparison.ALONE, goal, milestone)), peers);
  }

  /**
   * Says what ours has to hold by itself, where no first milestone is set.
   *
   * @param goal at most
   * @return the line with it
   */
  public Measurement atMost(double goal) {
    return atMost(goal, Comparison.ALONE.none());
  }

  /**
   * Adds a peer that is to cost so many times as much as ours.
   *
   * @param name of the peer
   * @param figure where its figure comes from
   * @param goal at least
   * @param milestone at least
   * @return the line with it
   */
  public Measurement times(String name, Figure figure, double goal, double milestone) {
    return with(new Peer(name, figure, new Bound(Comparison.TIMES, goal, milestone), true));
  }

  /**
   * Adds a peer of which ours is to cost a part.
   *
   * @param name of the peer
   * @param figure where its figure comes from
   * @param goal at most
   * @param milestone at most
   * @return the line with it
   */
  public Measurement part(String name, Figure figure, double goal, double milestone) {
    return with(new Peer(name, figure, new Bound(Comparison.PART, goal, milestone), true));
  }

  /**
   * Adds a peer of which ours is to cost a part, where no first milestone is set.
   *
   * @param name of the peer
   * @param figure where its figure comes from
   * @param goal at most
   * @return the line with it
   */
  public Measurement part(String name, Figure figure, double goal) {
    return part(name, figure, goal, Comparison.PART.none());
  }

  /**
   * Adds a peer of whose rate ours is to be so many times.
   *
   * @param name of the peer
   * @param figure where its rate comes from
   * @param goal at least
   * @param milestone at least
   * @return the line with it
   */
  public Measurement rate(String name, Figure figure, double goal, double milestone) {
    return with(new Peer(name, figure, new Bound(Comparison.RATE, goal, milestone), true));
  }

  /**
   * Adds a peer of whose rate ours is to be so many times, where no first milestone is set.
   *
   * @param name of the peer
   * @param figure where its rate comes from
   * @param goal at least
   * @return the line with it
   */
  public Measurement rate(String name, Figure figure, double goal) {
    return rate(name, figure, goal, Comparison.RATE.none());
  }

  /**
   * Adds ours under harder conditions.
   *
   * @param name of the conditions
   * @param figure where the figure comes from
   * @param goal at most
   * @param milestone at most
   * @return the line with it
   */
  public Measurement growth(String name, Figure figure, double goal, double milestone) {
    return with(new Peer(name, figure, new Bound(Comparison.GROWTH, goal, milestone), true));
  }

  /**
   * Adds a peer that is shown and not judged.
   *
   * @param name of the peer
   * @param figure where its figure comes from
   * @return the line with it
   */
  public Measurement beside(String name, Figure figure) {
    return shown(name, figure, Comparison.TIMES);
  }

  /**
   * Adds a peer whose rate is shown and not judged.
   *
   * @param name of the peer
   * @param figure where its rate comes from
   * @return the line with it
   */
  public Measurement besideRate(String name, Figure figure) {
    return shown(name, figure, Comparison.RATE);
  }

  private Measurement shown(String name, Figure figure, Comparison comparison) {
    Bound nothing = new Bound(comparison, comparison.none(), comparison.none());
    return with(new Peer(name, figure, nothing, false));
  }

  private Measurement with(Peer peer) {
    return new Measurement(
        row, what, unit, ours, alone, Stream.concat(peers.stream(), Stream.of(peer)).toList());
  }

  /** The same without the peers that this JDK does not have. */
  Measurement onJdk(int jdk) {
    return new Measurement(
        row,
        what,
        unit,
        ours,
        alone,
        peers.stream().filter(peer -> peer.figure().run().leastJdk() <= jdk).toList());
  }

  /** Whether nothing is asked of it: it is shown, and counts as met. */
  boolean isUnbound() {
    return alone.isEmpty() && peers.stream().noneMatch(Peer::isJudged);
  }

  /** The forks that it needs. */
  List<Run> runs() {
    List<Run> all = new ArrayList<>(List.of(ours.run()));
    peers.forEach(peer -> all.add(peer.figure().run()));
    return all;
  }
}
