/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.demo;

import dev.picot.LoopScheduler;
import dev.picot.Task;
import java.time.Clock;
import java.time.Duration;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import reactor.netty.resources.LoopResources;

/** The parts of the server, put together as it does itself, with a test in between. */
final class RoomsParts implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final Database database;
  private final LoopScheduler rooms;
  private final HttpEndpoint endpoint;

  /**
   * Starts them.
   *
   * @param name of the database
   * @param jdbc what the report gets for its database
   * @param between what a request gets for its task, asked where the request was parsed
   */
  RoomsParts(
      String name,
      UnaryOperator<DataSource> jdbc,
      BiFunction<Request, Task<Response>, Task<Response>> between)
      throws Exception {
    Settings settings =
        Settings.of("127.0.0.1", 0, DatabaseUrl.parse("r2dbc:h2:mem:///" + name), 2);
    Json.prepare();
    rooms = // no other thread is started while the machine pauses
        LoopScheduler.builder("rooms")
            .loops(2)
            .elastic(pool -> pool.maxThreads(1))
            .watchdog(w -> w.takeoverAfter(LIMIT))
            .build();
    database = Database.open(rooms, settings.placement(), settings.database(), 4, LIMIT);
    Clock clock = Clock.systemUTC();
    rooms.spawn(Seeder.seed(database, clock.instant())).block(LIMIT);
    ReportDao reports = new ReportDao(jdbc.apply(database.legacy()), LIMIT);
    Routes routes = new Rooms(new MessageStore(database, clock), reports, LIMIT).routes();
    endpoint =
        new HttpEndpoint(
            settings,
            LoopResources.create("rooms-io"),
            request -> rooms.publisher(between.apply(request, routes.answer(request))));
  }

  int port() {
    return endpoint.port();
  }

  @Override
  public void close() {
    endpoint.close();
    rooms.close();
    database.close();
  }
}
