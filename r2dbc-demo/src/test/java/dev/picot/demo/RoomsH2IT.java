/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.demo;

/** The contract on embedded H2, in memory. */
class RoomsH2IT extends RoomsContract {
  @Override
  DatabaseUrl database() {
    return DatabaseUrl.parse("r2dbc:h2:mem:///contract");
  }
}
