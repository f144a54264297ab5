/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower.server;

/**
 * What each variant may use: the same for all.
 *
 * @param loops of the HTTP server, whose threads also do the I/O of an asynchronous driver
 * @param connections to the database, in all
 * @param databasePort of the PostgreSQL on the loopback address
 */
record Site(int loops, int connections, int databasePort) {
  static final String HOST = "127.0.0.1";
}
