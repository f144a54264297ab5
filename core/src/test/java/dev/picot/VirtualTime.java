/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

/** Time for examples, which passes only while a callback thread sleeps. */
public final class VirtualTime {
  private final VirtualTicker ticker = VirtualTicker.onTick();
  private final long origin = millis();

  /** {@return a scheduler with one loop that lives in this time} */
  public LoopScheduler scheduler(String name) {
    return LoopScheduler.builder(name).loops(1).ticker(ticker).build();
  }

  /** {@return the milliseconds since this time began} */
  public long now() {
    return millis() - origin;
  }

  private long millis() {
    return ticker.now().toMillis();
  }
}
