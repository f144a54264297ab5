/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import java.util.List;

/**
 * Threads that must not block were blocked during a test.
 *
 * <p>Its stack is that of the first incident, so that the top frames are those to look at.
 *
 * @since 0.1
 */
public final class BlockingDetectedError extends AssertionError {
  private static final long serialVersionUID = 1L;

  /** What happened, in the order in which it was noticed. */
  private final transient List<Incident> incidents;

  BlockingDetectedError(String message, List<Incident> incidents) {
    super(message);
    this.incidents = List.copyOf(incidents);
    setStackTrace(incidents.get(0).stack().toArray(StackTraceElement[]::new));
  }

  /**
   * {@return every incident of the test, in the order in which they were noticed; incidents that
   * differ in nothing but their duration are one, with the longest}
   */
  public List<Incident> incidents() {
    return incidents;
  }
}
