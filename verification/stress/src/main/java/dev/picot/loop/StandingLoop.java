/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

/** A loop that nobody drives: what is posted to it stays where it can be counted. */
public final class StandingLoop {
  private final Loop loop = new Loop("standing", null, Ticker.system(), null);

  /** {@return the loop} */
  public Loop loop() {
    return loop;
  }

  /** {@return how many tasks were posted} */
  public int posted() {
    return loop.tasksOfOwner().size();
  }
}
