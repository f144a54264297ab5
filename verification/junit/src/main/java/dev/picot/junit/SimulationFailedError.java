/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import dev.picot.internal.Text;
import java.util.List;

/**
 * Fails a {@link SimulationTest}; its cause is what failed with that seed.
 *
 * @since 0.1
 */
public final class SimulationFailedError extends AssertionError {
  private static final long serialVersionUID = 1L;
  private static final int LINES = 60;

  /** See {@link #seed()}. */
  private final long seed;

  SimulationFailedError(long seed, int before, List<String> events, Throwable cause) {
    super(
        Text.format(
            "seed %d fails, after %d that did not: %s%nReplay it with @SimulationTest(seed = %d) or"
                + " -Dpicot.simulation.seed=%d. What happened%s:%n  %s",
            seed,
            before,
            cause,
            seed,
            seed,
            events.size() > LINES ? ", at last" : "",
            String.join("\n  ", events.subList(Math.max(0, events.size() - LINES), events.size()))),
        cause);
    this.seed = seed;
  }

  /** {@return the seed that fails} */
  public long seed() {
    return seed;
  }
}
