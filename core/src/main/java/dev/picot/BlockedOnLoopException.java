/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.internal.Text;

/**
 * A call that would wait was refused because its thread is a loop: the loop would wait for itself,
 * or hold up everybody else.
 *
 * @since 0.1
 */
public final class BlockedOnLoopException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  /** The call. */
  private final String call;

  /** The loop that it was made on. */
  private final String loop;

  BlockedOnLoopException(String call, String loop, String waiter, String remedy) {
    super(Text.format("%s would block loop '%s' (called by %s). %s", call, loop, waiter, remedy));
    this.call = call;
    this.loop = loop;
  }

  /** {@return the call that was refused} */
  public String call() {
    return call;
  }

  /** {@return the name of the loop that it was made on} */
  public String loop() {
    return loop;
  }
}
