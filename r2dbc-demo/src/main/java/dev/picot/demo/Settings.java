/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.demo;

import java.time.Duration;

/**
 * How the server is set up.
 *
 * @param host the address to listen on
 * @param port the port; 0 means any free one
 * @param database where the rooms are kept
 * @param loops how many loops the service {@code rooms} has
 * @param maxCallbackThreads how many of its requests may be in progress
 * @param elasticThreads how many of its blocking calls may run
 * @param elasticQueue how many of its blocking calls may wait
 * @param maxBody how many bytes the body of a request may have
 * @param limit how long a reading request may take
 * @param drain how long requests in progress may take once the server closes
 */
record Settings(
    String host,
    int port,
    DatabaseUrl database,
    int loops,
    int maxCallbackThreads,
    int elasticThreads,
    int elasticQueue,
    int maxBody,
    Duration limit,
    Duration drain,
    Placement placement) {
  /** The address without an argument: this machine only, for anybody may write. */
  static final String DEFAULT_HOST = "127.0.0.1";

  /**
   * Sets up what an operator may choose; the rest fits any machine.
   *
   * @param host the address to listen on
   * @param port the port
   * @param database where the rooms are kept
   * @param loops how many loops the service {@code rooms} has
   * @return the settings
   */
  static Settings of(String host, int port, DatabaseUrl database, int loops) {
    // A request holds its body and its response: 64 KiB on average at most.
    long requestsInHeap = Runtime.getRuntime().maxMemory() / (64 * 1024);
    return new Settings(
        host,
        port,
        database,
        loops,
        (int) Math.max(1_000, Math.min(50_000, requestsInHeap)),
        16,
        1_024,
        32 * 1024,
        Duration.ofSeconds(10),
        Duration.ofSeconds(20),
        Placement.ISOLATED);
  }

  /** {@return the same with another placement} */
  Settings with(Placement other) {
    return new Settings(
        host,
        port,
        database,
        loops,
        maxCallbackThreads,
        elasticThreads,
        elasticQueue,
        maxBody,
        limit,
        drain,
        other);
  }
}
