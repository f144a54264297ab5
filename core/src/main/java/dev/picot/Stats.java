/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

/**
 * Figures of a scheduler. Each is exact at some moment of the call, not all at the same.
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
    Elastic elastic) {
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
}
