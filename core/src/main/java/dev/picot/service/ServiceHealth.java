/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.service;

import dev.picot.Stats;

/**
 * How one service answered when it was asked.
 *
 * @param service its name
 * @param answer whether it answered
 * @param stats the figures of its scheduler
 * @see ServiceRouter#health
 * @since 0.1
 */
public record ServiceHealth(String service, Answer answer, Stats stats) {
  /** Whether a service answered. */
  public enum Answer {
    /** A callback thread came through one of its loops in time. */
    ANSWERS,
    /** It refuses callback threads: saturated, with too many stuck steps, or closed. */
    REFUSES,
    /** It took a callback thread, which did not come through in time: stuck or overloaded. */
    SILENT
  }
}
