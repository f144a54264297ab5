/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.reactor;

import dev.picot.benchmarks.GroupContract;

class ReactorGroupTest extends GroupContract {
  ReactorGroupTest() {
    super(new ReactorGroup(), "P8");
  }
}
