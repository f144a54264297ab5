/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import org.jspecify.annotations.Nullable;

/** What the {@link Watchdog} has seen of a loop, from one tick to the next. Watchdog only. */
final class LoopWatch {
  /** The ownership word at the last tick. */
  long word;

  /** How long it has been the same in a phase that should end, in counted time. */
  long stuckNanos;

  /** How much of {@link #stuckNanos} the owner was seen waiting. */
  long waitedNanos;

  /** The processor time of the owner when {@link #word} was seen again, in a slice. */
  long cpuNanos;

  /** Whom the watchdog has given the loop to last, which may not have run since; null if nobody. */
  @Nullable LoopThread heir;

  /** The account of the present stall, once it was reported. */
  @Nullable Stall episode;

  /** Whether it was reported that the loop stands still outside slices. */
  boolean hungReported;

  /** The number of that incident. */
  int hungNumber;
}
