/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import java.util.List;
import java.util.function.ToLongFunction;

/**
 * Figures of a {@link LoopConnectionFactory}, as one look from outside finds them.
 *
 * @param pools the figures of each pool: one for each loop, or one only
 * @since 0.1
 */
public record PoolStats(List<Pool> pools) {
  /**
   * Keeps a copy of the list.
   *
   * @param pools the figures of each pool
   */
  public PoolStats {
    pools = List.copyOf(pools);
  }

  /** {@return how many connections somebody has} */
  public int acquired() {
    return (int) sum(Pool::acquired);
  }

  /** {@return how many connections are open and nobody has} */
  public int idle() {
    return (int) sum(Pool::idle);
  }

  /** {@return how many callers wait for a connection} */
  public int pending() {
    return (int) sum(Pool::pending);
  }

  /** {@return how many connections are being opened} */
  public int connecting() {
    return (int) sum(Pool::connecting);
  }

  /** {@return how many connections there may be} */
  public int maxSize() {
    return (int) sum(Pool::maxSize);
  }

  /** {@return how often a connection was given to a caller} */
  public long acquires() {
    return sum(Pool::acquires);
  }

  /** {@return how often a caller has waited in vain} */
  public long timeouts() {
    return sum(Pool::timeouts);
  }

  private long sum(ToLongFunction<Pool> figure) {
    return pools.stream().mapToLong(figure).sum();
  }

  /**
   * Figures of one pool.
   *
   * @param name of its loop, or of the factory if there is one pool only
   * @param maxSize how many connections it may have
   * @param acquired how many connections somebody has; also those that are being given back
   * @param idle how many are open and nobody has
   * @param pending how many callers wait for a connection
   * @param connecting how many connections are being opened
   * @param acquires how often a connection was given to a caller
   * @param timeouts how often a caller has waited in vain
   */
  public record Pool(
      String name,
      int maxSize,
      int acquired,
      int idle,
      int pending,
      int connecting,
      long acquires,
      long timeouts) {}
}
