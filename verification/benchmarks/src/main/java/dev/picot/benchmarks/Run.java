/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks;

import java.util.Map;

/**
 * One fork: a process that measures one thing once, on the JDK of this process; or one visit to a
 * process that stays, until its {@link Group} is closed.
 */
public interface Run {
  /** The feature release of this JDK. */
  int JDK = Runtime.version().feature();

  /** {@return what it is called while it runs} */
  String label();

  /** {@return the least JDK that it needs} */
  int leastJdk();

  /**
   * Runs it and waits for it.
   *
   * @param effort how long to measure
   * @return what it measured; a JMH benchmark has one figure, called {@link Figure#SCORE}
   * @throws RunFailedException if it gave no figures
   */
  Map<String, Double> once(Effort effort);
}
