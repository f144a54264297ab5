/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

/**
 * The figures of one loop, each true at some moment, most of them at the end of its last turn.
 *
 * @param loop the name of the loop
 * @param ready tasks that are ready
 * @param waiting tasks that wait without a deadline
 * @param timers tasks that wait with a deadline
 * @param slices that were run
 * @param stalls slices that have held the loop for {@code warnAfter}
 * @param takeovers of the loop
 * @param utilisation the part of the last second or two in which it did not rest, 0 to 1
 * @param lag how long sampled slices waited behind others of their turn
 * @param hold how long sampled slices held the loop
 */
public record LoopFigures(
    String loop,
    int ready,
    int waiting,
    int timers,
    long slices,
    long stalls,
    long takeovers,
    double utilisation,
    Sampled lag,
    Sampled hold) {
  /**
   * Durations of a sample of slices, in nanoseconds; but for the longest one rounded up to less
   * than twice their length.
   *
   * @param count how many slices are in the sample
   * @param median half of them took at most so long
   * @param p99 99 of 100 took at most so long
   * @param max the longest one
   */
  public record Sampled(long count, long median, long p99, long max) {}
}
