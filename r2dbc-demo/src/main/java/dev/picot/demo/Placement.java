/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.demo;

/** Which loops serve the connections. */
enum Placement {
  /** Netty's own, for all services. */
  ISOLATED,
  /**
   * Those of the service {@code rooms}, which then has its connections to PostgreSQL on them too.
   */
  COLOCATED
}
