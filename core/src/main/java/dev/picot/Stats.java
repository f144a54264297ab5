/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import java.time.Duration;
import java.util.List;

/**
 * Figures of a scheduler. Each is exact at some moment of the call, not all at the same. Asking for
 * them waits for nobody, whatever the loops are doing.
 *
 * @param loops how many loops there are
 * @param live callback threads that have not ended
 * @param waiting callback threads that wait for admission, and are not live yet
 * @param completed callback threads that ended with a value
 * @param failed callback threads that ended with an error
 * @param cancelled callback threads that ended by cancellation
 * @param refused callback threads that were not admitted
 * @param takeovers loops that were taken over from a stuck step
 * @param detached steps that are stuck on detached threads now
 * @param migrations how many times a callback thread has moved from one loop to another
 * @param elastic figures of the elastic pool
 * @param perLoop figures of each loop
 * @since 0.1
 */
public record Stats(
    int loops,
    int live,
    int waiting,
    long completed,
    long failed,
    long cancelled,
    long refused,
    long takeovers,
    int detached,
    long migrations,
    Elastic elastic,
    List<Loop> perLoop) {
  /**
   * Figures of an elastic pool.
   *
   * @param threads how many there are
   * @param active how many of them run a call
   * @param queued calls that wait for a thread
   * @param completed calls that have returned
   * @param rejected calls that were refused
   * @since 0.1
   */
  public record Elastic(int threads, int active, int queued, long completed, long rejected) {}

  /**
   * Figures of a loop, as of the end of its last turn. Besides callback threads they count what
   * else the loop runs, such as tasks of {@link LoopScheduler#executor()}.
   *
   * @param name of the loop
   * @param ready how many are ready
   * @param waiting how many wait without a deadline
   * @param timers how many wait with a deadline
   * @param slices how many slices were run
   * @param stalls slices that have held the loop for {@code warnAfter}
   * @param takeovers how often the loop was taken over
   * @param utilisation the part of about the last second in which the loop did not rest, 0 to 1
   * @param lag how long slices waited behind others of their turn, sampled
   * @param hold how long slices held the loop, sampled
   * @since 0.1
   */
  public record Loop(
      String name,
      int ready,
      int waiting,
      int timers,
      long slices,
      long stalls,
      long takeovers,
      double utilisation,
      Sampled lag,
      Sampled hold) {}

  /**
   * Durations of one slice in 64, since the loop began. They are counted by powers of two: median
   * and p99 are rounded up, to less than twice their length.
   *
   * @param count how many slices were sampled; if none, the durations are zero
   * @param median half of them took at most so long
   * @param p99 99 of 100 took at most so long
   * @param max the longest one
   * @since 0.1
   */
  public record Sampled(long count, Duration median, Duration p99, Duration max) {}
}
