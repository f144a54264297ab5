/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import java.util.List;

/**
 * Something was left behind in a {@link dev.picot.LoopScheduler} when a test had ended.
 *
 * @see NoLeaks
 * @since 0.1
 */
public final class LeaksDetectedError extends AssertionError {
  private static final long serialVersionUID = 1L;

  /** See {@link #leaks()}. */
  private final transient List<String> leaks;

  LeaksDetectedError(String test, List<String> leaks) {
    super(
        (leaks.size() == 1 ? "1 thing is" : leaks.size() + " things are")
            + " left after "
            + test
            + ":\n  "
            + String.join("\n  ", leaks)
            + "\nWait for their end, cancel them, or close the scheduler, before the test ends.");
    this.leaks = List.copyOf(leaks);
  }

  /** {@return what was left, each thing in words} */
  public List<String> leaks() {
    return leaks;
  }
}
