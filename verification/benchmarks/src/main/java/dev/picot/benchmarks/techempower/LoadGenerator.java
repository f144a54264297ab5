/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;

/** Asks a server again and again, over connections that stay open. */
interface LoadGenerator {
  /** What it is, for who reads the figures. */
  String name();

  /**
   * Asks for one thing, on each connection as soon as the answer before has come.
   *
   * @param target what to ask for
   * @param connections how many there are
   * @param duration how long
   * @return what was seen
   * @throws IOException if there is no server
   * @throws IllegalStateException if an answer was not 200, or a connection failed
   */
  Load run(URI target, int connections, Duration duration) throws IOException, InterruptedException;

  /**
   * What was seen.
   *
   * @param requests that were answered
   * @param seconds for all of them
   * @param p50 milliseconds until half of the answers were there
   * @param p99 milliseconds until 99 of 100 answers were there
   */
  record Load(long requests, double seconds, double p50, double p99) {}
}
