/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower.server;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import java.util.List;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;

/** The rows by R2DBC: one connection for a request, and one statement after the other on it. */
final class R2dbcRows {
  private final ConnectionFactory connections;

  R2dbcRows(ConnectionFactory connections) {
    this.connections = connections;
  }

  /** On a pool of r2dbc-pool, whose connections live on these loops; opens all of them. */
  static R2dbcRows pooled(Site site, LoopResources loops) {
    ConnectionPool pool =
        new ConnectionPool(
            ConnectionPoolConfiguration.builder(new SpreadConnections(site, loops))
                .initialSize(site.connections())
                .maxSize(site.connections())
                .build());
    pool.warmup().block();
    return new R2dbcRows(pool);
  }

  Mono<World> world(int id) {
    return use(connection -> world(connection, id));
  }

  Mono<List<World>> worlds(int[] ids) {
    return use(connection -> worlds(connection, ids));
  }

  Mono<List<Fortune>> fortunes() {
    return use(
        connection ->
            Flux.from(connection.createStatement(Sql.FORTUNES).execute())
                .concatMap(
                    result ->
                        result.map(
                            (row, metadata) ->
                                new Fortune(row.get(0, Integer.class), row.get(1, String.class))))
                .collectList());
  }

  /** Reads each row, gives it another number, writes all of them. */
  Mono<List<World>> update(int[] ids) {
    return use(
        connection ->
            worlds(connection, ids)
                .map(worlds -> worlds.stream().map(World::renumbered).toList())
                .flatMap(worlds -> write(connection, worlds)));
  }

  private <T> Mono<T> use(Function<Connection, Mono<T>> work) {
    return Mono.usingWhen(connections.create(), work, Connection::close);
  }

  private static Mono<List<World>> worlds(Connection connection, int[] ids) {
    return Flux.range(0, ids.length).concatMap(i -> world(connection, ids[i])).collectList();
  }

  private static Mono<World> world(Connection connection, int id) {
    return Mono.from(connection.createStatement(Sql.WORLD).bind(0, id).execute())
        .flatMap(
            result ->
                Mono.from(
                    result.map(
                        (row, metadata) ->
                            new World(row.get(0, Integer.class), row.get(1, Integer.class)))));
  }

  private static Mono<List<World>> write(Connection connection, List<World> worlds) {
    return Mono.from(
            connection
                .createStatement(Sql.UPDATE)
                .bind(0, Sql.ids(worlds))
                .bind(1, Sql.numbers(worlds))
                .execute())
        .flatMap(result -> Mono.from(result.getRowsUpdated()))
        .thenReturn(worlds);
  }
}
