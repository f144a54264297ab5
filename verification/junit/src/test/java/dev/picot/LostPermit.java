/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

/** A permit that was taken and is held by nobody, which takes a bug in the engine. */
public final class LostPermit implements AutoCloseable {
  private final LoopScheduler scheduler;

  /** Takes it. */
  public LostPermit(LoopScheduler scheduler) {
    this.scheduler = scheduler;
    scheduler.admit();
  }

  /** Gives it back. */
  @Override
  public void close() {
    scheduler.giveUpChild();
  }
}
