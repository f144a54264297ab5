/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.demo;

import dev.picot.Task;
import io.r2dbc.spi.Connection;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Gives a new database something to read: a few rooms with the talk of the last weeks. */
final class Seeder {
  /** How many messages each room gets. */
  static final int MESSAGES_PER_ROOM = 600;

  private static final int BATCH = 200;

  private Seeder() {}

  /**
   * Fills a database that has no room, all or nothing.
   *
   * @param database the database
   * @param now the time before which everything was posted
   * @return a task that gives how many messages it made; none if there was a room
   */
  static Task<Integer> seed(Database database, Instant now) {
    return database.inTransaction(
        connection ->
            MessageStore.countRooms(connection)
                .flatMap(rooms -> rooms > 0 ? Mono.just(0) : fill(connection, now)));
  }

  private static Mono<Integer> fill(Connection connection, Instant now) {
    Instant end = now.truncatedTo(ChronoUnit.MILLIS);
    return Flux.fromIterable(Talk.SUBJECTS.keySet())
        .sort()
        .concatMap(room -> fill(connection, room, end))
        .reduce(0, Integer::sum);
  }

  private static Mono<Integer> fill(Connection connection, String room, Instant end) {
    List<Message> messages =
        new Talk(room, Talk.SUBJECTS.getOrDefault(room, List.of())).until(end, MESSAGES_PER_ROOM);
    Instant created = messages.get(0).postedAt().minus(Duration.ofDays(1));
    return MessageStore.insert(connection, new Room(room, created))
        .thenMany(
            Flux.fromIterable(messages)
                .buffer(BATCH)
                .concatMap(batch -> MessageStore.insertAll(connection, batch)))
        .then(Mono.just(messages.size()));
  }
}
