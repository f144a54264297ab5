/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.engine;

import dev.picot.LoopScheduler;

/** Our schedulers, as all rows make them. */
final class Schedulers {
  private Schedulers() {}

  /** One loop; the rest by default, but for the limit, which is above what a row needs. */
  static LoopScheduler oneLoop(String name) {
    return LoopScheduler.builder(name).loops(1).maxCallbackThreads(2_000_000).build();
  }
}
