/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import dev.picot.loop.LoopGroup;
import io.r2dbc.spi.ConnectionFactory;
import org.jspecify.annotations.Nullable;

/** What all pools of a factory have in common. */
record Setup(ConnectionFactory driver, LoopGroup group, Placement placement, PoolOptions options) {
  /** Where the calls of one connection are made; null is on the thread that makes them. */
  @Nullable Lane newLane(String pool) {
    return placement == Placement.OFFLOADED ? new Lane(group.elastic(), pool) : null;
  }

  void log(System.Logger.Level level, String text, @Nullable Throwable error) {
    group.housekeeping().log(level, () -> text, error);
  }
}
