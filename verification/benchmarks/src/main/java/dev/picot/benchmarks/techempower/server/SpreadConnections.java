/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower.server;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.EventExecutor;
import io.r2dbc.postgresql.PostgresqlConnectionConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;

/**
 * Opens connections on all loops in turns.
 *
 * <p>Left to itself, a pool has all of them on one loop: it opens one after the other, each from
 * the loop of the one before, where Reactor Netty prefers to stay. Where that preference is
 * switched off, all of them were seen on one loop of two as well.
 */
final class SpreadConnections implements ConnectionFactory {
  private final List<PostgresqlConnectionFactory> factories = new ArrayList<>();
  private final AtomicInteger opened = new AtomicInteger();

  SpreadConnections(Site site, LoopResources loops) {
    for (EventExecutor loop : loops.onServer(true)) {
      factories.add(
          new PostgresqlConnectionFactory(
              PostgresqlConnectionConfiguration.builder()
                  .host(Site.HOST)
                  .port(site.databasePort())
                  .username("postgres")
                  .database("postgres")
                  .loopResources(isNative -> (EventLoop) loop)
                  .build()));
    }
  }

  @Override
  public Mono<PostgresqlConnection> create() {
    return Mono.defer(
        () -> {
          int index = Math.floorMod(opened.getAndIncrement(), factories.size());
          return factories.get(index).create();
        });
  }

  @Override
  public ConnectionFactoryMetadata getMetadata() {
    return factories.get(0).getMetadata();
  }
}
