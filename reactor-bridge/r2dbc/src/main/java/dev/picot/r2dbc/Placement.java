/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

/** Where connections live, and where the driver is called. */
enum Placement {
  /** Each loop has a pool, and connections that were made on it. */
  PER_LOOP,
  /** One pool for everybody; the driver brings its own I/O threads. */
  SHARED,
  /** One pool for everybody; the driver works on the thread that calls it: an elastic one. */
  OFFLOADED
}
