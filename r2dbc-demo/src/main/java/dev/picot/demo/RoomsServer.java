/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.demo;

import dev.picot.LoopScheduler;
import dev.picot.Task;
import dev.picot.reactor.CallbackMono;
import dev.picot.reactor.netty.NettyLoops;
import dev.picot.reactor.netty.PicotLoopResources;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeoutException;
import reactor.netty.resources.LoopResources;

/**
 * The application: a database, two services, and a door to the network.
 *
 * <p>If the placement is <em>isolated</em>, Netty has loops of its own and each service has others.
 * A request crosses over once, as data, becomes one callback thread of its service, and crosses
 * back as a response. If it is <em>colocated</em>, the loops of {@code rooms} serve the connections
 * too.
 */
final class RoomsServer implements AutoCloseable {
  private static final Duration SEED_LIMIT = Duration.ofMinutes(2);

  private final Deque<AutoCloseable> open; // the latest first
  private final HttpEndpoint endpoint;

  private RoomsServer(Deque<AutoCloseable> open, HttpEndpoint endpoint) {
    this.open = open;
    this.endpoint = endpoint;
  }

  /**
   * Opens the database, fills it if it is new, and listens. Blocks until that is done.
   *
   * @param settings how
   * @return the running server
   * @throws IllegalStateException if the database cannot be opened
   * @throws reactor.netty.ChannelBindException if the port is not to be had
   */
  static RoomsServer start(Settings settings) {
    Deque<AutoCloseable> open = new ArrayDeque<>();
    try {
      LoopScheduler rooms = rooms(settings);
      open.push(rooms);
      Database database =
          Database.open(
              rooms,
              settings.placement(),
              settings.database(),
              settings.elasticThreads(),
              settings.limit());
      open.addLast(database); // closed after what uses it
      LoopScheduler control =
          LoopScheduler.builder("control")
              .loops(1)
              .maxCallbackThreads(1_000)
              .elastic(pool -> pool.maxThreads(2).maxQueued(64))
              .build();
      open.push(control);

      Json.prepare();
      Clock clock = Clock.systemUTC();
      MessageStore store = new MessageStore(database, clock);
      ReportDao reports = new ReportDao(database.legacy(), settings.limit());
      Routes roomsRoutes = new Rooms(store, reports, settings.limit()).routes();
      Routes controlRoutes = new Control(store, List.of(rooms, control)).routes();
      seed(rooms, Seeder.seed(database, clock.instant()));

      HttpEndpoint endpoint =
          new HttpEndpoint(
              settings,
              settings.placement() == Placement.COLOCATED
                  ? PicotLoopResources.of(rooms)
                  : LoopResources.create("rooms-io"),
              request ->
                  Control.owns(request)
                      ? CallbackMono.of(control, controlRoutes.answer(request))
                      : CallbackMono.of(rooms, roomsRoutes.answer(request)));
      open.push(endpoint);
      return new RoomsServer(open, endpoint);
    } catch (RuntimeException e) {
      close(open).forEach(e::addSuppressed);
      throw e;
    }
  }

  private static LoopScheduler rooms(Settings settings) {
    LoopScheduler.Builder builder =
        LoopScheduler.builder("rooms")
            .loops(settings.loops())
            .maxCallbackThreads(settings.maxCallbackThreads())
            .elastic(
                pool ->
                    pool.maxThreads(settings.elasticThreads()).maxQueued(settings.elasticQueue()));
    return settings.placement() == Placement.COLOCATED
        ? NettyLoops.build(builder)
        : builder.build();
  }

  private static void seed(LoopScheduler rooms, Task<Integer> seed) {
    try {
      rooms.spawn("seed", seed).block(SEED_LIMIT);
    } catch (TimeoutException e) {
      throw new IllegalStateException(
          "The database was not filled within %s. Start again, it will be tried anew."
              .formatted(SEED_LIMIT),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while the database was being filled.", e);
    }
  }

  private static List<Exception> close(Deque<AutoCloseable> open) {
    List<Exception> errors = new ArrayList<>();
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (Exception e) {
        errors.add(e);
      }
    }
    return errors;
  }

  /** {@return the port it listens on} */
  int port() {
    return endpoint.port();
  }

  /** Blocks until it listens no more. */
  void awaitStop() {
    endpoint.awaitStop();
  }

  /**
   * Drains and closes: listens no more, lets the requests in progress finish, then the callback
   * threads whose client has gone, and closes the database last. Blocks.
   *
   * @throws IllegalStateException if something could not be closed; the rest is
   */
  @Override
  public void close() {
    List<Exception> errors = close(open);
    if (!errors.isEmpty()) {
      IllegalStateException failure =
          new IllegalStateException("Not everything could be closed: " + errors);
      errors.forEach(failure::addSuppressed);
      throw failure;
    }
  }
}
