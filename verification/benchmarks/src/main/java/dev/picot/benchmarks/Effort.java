/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks;

/** How long to measure. */
public enum Effort {
  /** Shows that everything runs; its figures mean nothing. */
  SMOKE(1, 0, 1, 10),
  /** Shows the order of magnitude in minutes. */
  SHORT(2, 4, 2, 500),
  /** For figures that are published. */
  FULL(3, 4, 4, 1_000);

  private final int rounds;
  private final int warmups;
  private final int iterations;
  private final int millis;

  Effort(int rounds, int warmups, int iterations, int millis) {
    this.rounds = rounds;
    this.warmups = warmups;
    this.iterations = iterations;
    this.millis = millis;
  }

  /** {@return how many times each fork runs; ours and its peers take turns} */
  public int rounds() {
    return rounds;
  }

  /** {@return iterations that warm up} */
  public int warmups() {
    return warmups;
  }

  /** {@return iterations that count} */
  public int iterations() {
    return iterations;
  }

  /** {@return the milliseconds of an iteration} */
  public int millis() {
    return millis;
  }

  /**
   * Chooses a size.
   *
   * @param real the size that the row asks for
   * @param smoke the size for a smoke run
   * @return one of the two
   */
  public int size(int real, int smoke) {
    return this == SMOKE ? smoke : real;
  }
}
