/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.engine;

import dev.picot.benchmarks.GroupContract;

class EngineGroupTest extends GroupContract {
  EngineGroupTest() {
    super(new EngineGroup(), "P1", "P2", "P3", "P4", "P5", "P6", "P7", "P9", "P15", "P16", "P17");
  }
}
