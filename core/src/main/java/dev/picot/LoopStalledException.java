/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.internal.Text;
import java.time.Duration;

/**
 * A step of a callback thread did not return in time; its loop was taken over and the callback
 * thread failed. The step may still be running on its old thread; its result is dropped.
 *
 * @since 0.1
 */
public final class LoopStalledException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The callback thread. */
  private final String callbackThread;

  /** The loop that was taken over. */
  private final String loop;

  /** The thread on which the step is stuck. */
  private final String detachedOn;

  /** How long the step had been running. */
  private final Duration stalledFor;

  LoopStalledException(
      String callbackThread, String loop, String detachedOn, Duration stalledFor, String reason) {
    super(
        Text.format(
            "Callback thread '%s' failed: a step had held loop '%s' for %d ms and did not come back (%s). It is still running on thread '%s'. Move blocking calls to Task.blocking(...) and long work to several steps.",
            callbackThread, loop, stalledFor.toMillis(), reason, detachedOn));
    this.callbackThread = callbackThread;
    this.loop = loop;
    this.detachedOn = detachedOn;
    this.stalledFor = stalledFor;
  }

  /** {@return the name of the callback thread} */
  public String callbackThread() {
    return callbackThread;
  }

  /** {@return the name of the loop that was taken over} */
  public String loop() {
    return loop;
  }

  /** {@return the name of the thread on which the step is stuck} */
  public String detachedOn() {
    return detachedOn;
  }

  /** {@return how long the step had been running} */
  public Duration stalledFor() {
    return stalledFor;
  }
}
