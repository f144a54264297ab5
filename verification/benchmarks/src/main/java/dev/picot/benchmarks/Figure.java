/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks;

/**
 * Where a figure comes from.
 *
 * @param run the fork that measures it
 * @param key its name among what the fork measures
 */
public record Figure(Run run, String key) {
  /** The one figure of a JMH benchmark. */
  public static final String SCORE = "score";
}
