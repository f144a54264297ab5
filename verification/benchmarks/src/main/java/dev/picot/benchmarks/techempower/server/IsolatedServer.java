/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower.server;

import dev.picot.LoopScheduler;
import reactor.netty.resources.LoopResources;

/**
 * Ours, <em>isolated</em>: Netty's loops do the I/O, as in {@link InlineServer}; each request is a
 * callback thread of a service that has as many loops again.
 */
final class IsolatedServer {
  private IsolatedServer() {}

  static int start(Site site) {
    LoopResources loops = NettyFront.loops(site);
    Requests requests =
        new Requests(
            LoopScheduler.builder("techempower").loops(site.loops()).build(),
            R2dbcRows.pooled(site, loops));
    return NettyFront.listen(loops, requests::answer);
  }
}
