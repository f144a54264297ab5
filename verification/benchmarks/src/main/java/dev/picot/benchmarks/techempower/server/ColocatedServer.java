/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower.server;

import dev.picot.LoopScheduler;
import dev.picot.r2dbc.LoopConnectionFactory;
import dev.picot.reactor.netty.NettyLoops;
import dev.picot.reactor.netty.PicotLoopResources;
import io.r2dbc.postgresql.PostgresqlConnectionConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;

/**
 * Ours, <em>colocated</em>: the loops of the service do the I/O, run a callback thread for each
 * request, and each has connections to the database of its own.
 */
final class ColocatedServer {
  private ColocatedServer() {}

  static int start(Site site) {
    LoopScheduler scheduler =
        NettyLoops.build(LoopScheduler.builder("techempower").loops(site.loops()));
    PicotLoopResources loops = PicotLoopResources.of(scheduler);
    LoopConnectionFactory connections =
        LoopConnectionFactory.perLoop(scheduler, driver(site, loops))
            .maxSize(site.connections())
            .minSize(site.connections())
            .build();
    connections.warmUp().block();
    Requests requests = new Requests(scheduler, new R2dbcRows(connections));
    return NettyFront.listen(loops, requests::answer);
  }

  private static PostgresqlConnectionFactory driver(Site site, PicotLoopResources loops) {
    return new PostgresqlConnectionFactory(
        PostgresqlConnectionConfiguration.builder()
            .host(Site.HOST)
            .port(site.databasePort())
            .username("postgres")
            .database("postgres")
            .loopResources(loops)
            .build());
  }
}
