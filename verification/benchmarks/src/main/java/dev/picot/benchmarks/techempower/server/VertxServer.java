/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower.server;

import io.vertx.core.Context;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Vert.x and its own client for PostgreSQL, which sends further queries before the answers to
 * earlier ones have come: one server and one client with its share of the connections on each loop.
 */
final class VertxServer implements Deployable {
  /** Any free one, and the same for all who say so. */
  private static final int SHARED_PORT = -1;

  private final Site site;
  private SqlClient database;
  private int port;

  private VertxServer(Site site) {
    this.site = site;
  }

  static int start(Site site) throws Exception {
    Vertx vertx =
        Vertx.vertx(
            new VertxOptions().setEventLoopPoolSize(site.loops()).setPreferNativeTransport(true));
    int port = 0;
    for (int loop = 0; loop < site.loops(); loop++) {
      VertxServer server = new VertxServer(site);
      vertx.deployVerticle(server).await(30, TimeUnit.SECONDS);
      port = server.port;
    }
    return port;
  }

  @Override
  public Future<?> deploy(Context context) {
    Vertx vertx = context.owner();
    database =
        PgBuilder.client()
            .connectingTo(
                new PgConnectOptions()
                    .setHost(Site.HOST)
                    .setPort(site.databasePort())
                    .setUser("postgres")
                    .setDatabase("postgres")
                    .setCachePreparedStatements(true))
            .with(new PoolOptions().setMaxSize(site.connections() / site.loops()))
            .using(vertx)
            .build();
    return vertx
        .createHttpServer()
        .requestHandler(this::exchange)
        .listen(SHARED_PORT, Site.HOST)
        .onSuccess(server -> port = server.actualPort());
  }

  private void exchange(HttpServerRequest in) {
    Optional<Call> call = Call.of(in.uri());
    if (call.isEmpty()) {
      in.response().setStatusCode(404).end();
      return;
    }
    answer(call.get())
        .onComplete(
            answer ->
                in.response()
                    .putHeader(HttpHeaders.SERVER, Answer.SERVER)
                    .putHeader(HttpHeaders.DATE, HttpDate.now())
                    .putHeader(HttpHeaders.CONTENT_TYPE, answer.contentType())
                    .end(Buffer.buffer(answer.body())),
            error -> in.response().setStatusCode(500).end());
  }

  private Future<Answer> answer(Call call) {
    return switch (call.kind()) {
      case PLAINTEXT -> Future.succeededFuture(Answer.plaintext());
      case JSON -> Future.succeededFuture(Answer.json());
      case DB -> world(World.randomId()).map(Answer::of);
      case QUERIES -> worlds(World.randomIds(call.count())).map(Answer::of);
      case FORTUNES -> fortunes().map(Answer::ofFortunes);
      case UPDATES -> update(World.distinctRandomIds(call.count())).map(Answer::of);
    };
  }

  private Future<World> world(int id) {
    return database.preparedQuery(Sql.WORLD).execute(Tuple.of(id)).map(VertxServer::world);
  }

  private static World world(RowSet<Row> rows) {
    Row row = rows.iterator().next();
    return new World(row.getInteger(0), row.getInteger(1));
  }

  private Future<List<World>> worlds(int[] ids) {
    List<Future<World>> worlds = new ArrayList<>(ids.length);
    for (int id : ids) {
      worlds.add(world(id));
    }
    return Future.all(worlds).map(all -> all.list());
  }

  private Future<List<Fortune>> fortunes() {
    return database
        .preparedQuery(Sql.FORTUNES)
        .execute()
        .map(
            rows -> {
              List<Fortune> fortunes = new ArrayList<>(rows.size());
              rows.forEach(row -> fortunes.add(new Fortune(row.getInteger(0), row.getString(1))));
              return fortunes;
            });
  }

  private Future<List<World>> update(int[] ids) {
    return worlds(ids)
        .map(worlds -> worlds.stream().map(World::renumbered).toList())
        .compose(
            worlds ->
                database
                    .preparedQuery(Sql.UPDATE)
                    .execute(
                        Tuple.tuple()
                            .addArrayOfInteger(Sql.ids(worlds))
                            .addArrayOfInteger(Sql.numbers(worlds)))
                    .map(worlds));
  }
}
