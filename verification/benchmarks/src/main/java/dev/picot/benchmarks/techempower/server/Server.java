/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower.server;

/** One variant of the service, in its own JVM. */
@FunctionalInterface
interface Server {
  /**
   * Begins to serve, until the JVM ends.
   *
   * @param site what it may use
   * @return the port of the loopback address that it listens on
   * @throws Exception if it could not be started
   */
  int start(Site site) throws Exception;
}
