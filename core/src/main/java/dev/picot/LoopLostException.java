/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.internal.Text;

/**
 * The platform thread of a loop has died in the middle of the loop's own work, for want of memory
 * for example. The callback threads of that loop fail and their finalizers run; the loop goes on
 * with another thread.
 *
 * @since 0.1
 */
public final class LoopLostException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The callback thread. */
  private final String callbackThread;

  /** The loop. */
  private final String loop;

  LoopLostException(String callbackThread, String loop) {
    super(
        Text.format(
            "Callback thread '%s' failed: the platform thread of loop '%s' has died outside steps, and what it was doing is lost. Look for an error of that thread, and start the work again.",
            callbackThread, loop));
    this.callbackThread = callbackThread;
    this.loop = loop;
  }

  /** {@return the name of the callback thread} */
  public String callbackThread() {
    return callbackThread;
  }

  /** {@return the name of the loop that was lost} */
  public String loop() {
    return loop;
  }
}
