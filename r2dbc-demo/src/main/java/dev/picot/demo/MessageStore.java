/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.demo;

import dev.picot.Task;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.R2dbcDataIntegrityViolationException;
import io.r2dbc.spi.Readable;
import io.r2dbc.spi.Statement;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Rooms and messages over R2DBC.
 *
 * <p>A write that has begun runs to its end, whatever becomes of the client, and has reached the
 * disk before its task completes. A reader that pages from the newest message to the oldest sees
 * each message that was there when it began exactly once.
 *
 * <p>Over 250 lines: it has every statement of the service and reads every row.
 */
final class MessageStore {
  private static final String MESSAGE =
      "SELECT id, room, author, body, posted_at FROM messages WHERE room = $1 ";

  private final Database database;
  private final Clock clock;

  /**
   * A message to be stored.
   *
   * @param room the name of its room
   * @param author who wrote it
   * @param text what was written
   * @param idempotencyKey the client's own name for it, by which a repetition is known
   */
  record Draft(String room, String author, String text, @Nullable String idempotencyKey) {}

  /**
   * A stored message.
   *
   * @param message the message
   * @param created whether it is new; false if it was stored before under the same key
   */
  record Posted(Message message, boolean created) {}

  /**
   * Makes the store.
   *
   * @param database where the rooms are
   * @param clock tells when a message was accepted
   */
  MessageStore(Database database, Clock clock) {
    this.database = database;
    this.clock = clock;
  }

  /**
   * Lists rooms by name.
   *
   * @param after the name after which to begin
   * @param limit how many at most
   * @return a task that gives them
   */
  Task<List<Room>> rooms(String after, int limit) {
    return database.use(
        connection ->
            all(
                connection
                    .createStatement(
                        "SELECT name, created_at FROM rooms WHERE name > $1 ORDER BY name LIMIT $2")
                    .bind("$1", after)
                    .bind("$2", limit),
                row -> new Room(text(row, "name"), instant(row, "created_at"))));
  }

  /**
   * Creates a room.
   *
   * @param name its name
   * @return a task that gives the room, and fails with a 409 if there is one of this name
   */
  Task<Room> create(String name) {
    Room room = new Room(name, now());
    return database
        .use(
            connection ->
                insert(connection, room).then(database.force(connection)).thenReturn(room))
        .uncancellable()
        .onErrorMap(
            error ->
                error instanceof R2dbcDataIntegrityViolationException
                    ? ProblemException.conflict("There is a room '%s' already.".formatted(name))
                    : error);
  }

  /**
   * Inserts a room.
   *
   * @param connection where
   * @param room the room
   * @return completes when it is inserted
   */
  static Mono<Void> insert(Connection connection, Room room) {
    return updated(
        connection
            .createStatement("INSERT INTO rooms (name, created_at) VALUES ($1, $2)")
            .bind("$1", room.name())
            .bind("$2", utc(room.createdAt())));
  }

  /**
   * Reads messages, the newest first.
   *
   * @param room the name of the room
   * @param before the number before which to begin
   * @param limit how many at most
   * @return a task that gives them, and fails with a 404 if there is no such room
   */
  Task<List<Message>> messages(String room, long before, int limit) {
    return database.use(
        connection ->
            all(
                    connection
                        .createStatement(MESSAGE + "AND id < $2 ORDER BY id DESC LIMIT $3")
                        .bind("$1", room)
                        .bind("$2", before)
                        .bind("$3", limit),
                    MessageStore::message)
                .flatMap(
                    page ->
                        page.isEmpty()
                            ? requireRoom(connection, room).thenReturn(page)
                            : Mono.just(page)));
  }

  /**
   * Stores a message, once for each key.
   *
   * @param draft the message
   * @return a task that gives what is stored; it fails with a 404 if there is no such room and with
   *     a 422 if another message has the same key
   */
  Task<Posted> post(Draft draft) {
    return database
        .use(
            connection ->
                insert(connection, draft)
                    .onErrorResume(
                        R2dbcDataIntegrityViolationException.class,
                        violation -> explain(connection, draft, violation))
                    .flatMap(posted -> database.force(connection).thenReturn(posted)))
        .uncancellable();
  }

  private Mono<Posted> insert(Connection connection, Draft draft) {
    Instant postedAt = now();
    Statement statement =
        connection
            .createStatement(
                """
                INSERT INTO messages (room, author, body, posted_at, idempotency_key)
                VALUES ($1, $2, $3, $4, $5)
                """)
            .bind("$1", draft.room())
            .bind("$2", draft.author())
            .bind("$3", draft.text())
            .bind("$4", utc(postedAt));
    if (draft.idempotencyKey() == null) {
      statement.bindNull("$5", String.class);
    } else {
      statement.bind("$5", draft.idempotencyKey());
    }
    return Mono.from(statement.returnGeneratedValues("id").execute())
        .flatMap(result -> Mono.from(result.map(row -> number(row, "id"))))
        .map(id -> new Posted(message(id, draft, postedAt), true));
  }

  /** The message broke a constraint: it is there already, or its room is not. */
  private static Mono<Posted> explain(
      Connection connection, Draft draft, R2dbcDataIntegrityViolationException violation) {
    return earlier(connection, draft)
        .flatMap(
            earlier ->
                earlier.isEmpty()
                    ? requireRoom(connection, draft.room()).then(Mono.error(violation))
                    : Mono.just(new Posted(requireSame(earlier.get(), draft), false)));
  }

  private static Mono<Optional<Message>> earlier(Connection connection, Draft draft) {
    if (draft.idempotencyKey() == null) {
      return Mono.just(Optional.empty());
    }
    return all(
            connection
                .createStatement(MESSAGE + "AND idempotency_key = $2")
                .bind("$1", draft.room())
                .bind("$2", draft.idempotencyKey()),
            MessageStore::message)
        .map(found -> found.stream().findFirst());
  }

  private static Message requireSame(Message earlier, Draft draft) {
    if (earlier.author().equals(draft.author()) && earlier.text().equals(draft.text())) {
      return earlier;
    }
    throw ProblemException.unprocessable(
        "The Idempotency-Key was used for another message of this room, number %d. Use a new key for a new message."
            .formatted(earlier.id()));
  }

  private static Mono<Void> requireRoom(Connection connection, String room) {
    return all(
            connection.createStatement("SELECT name FROM rooms WHERE name = $1").bind("$1", room),
            row -> text(row, "name"))
        .flatMap(
            found -> found.isEmpty() ? Mono.error(ProblemException.noRoom(room)) : Mono.empty());
  }

  /** {@return a task that completes when the database has answered} */
  Task<Long> roomCount() {
    return database.use(MessageStore::countRooms);
  }

  /**
   * Counts the rooms.
   *
   * @param connection where
   * @return how many there are
   */
  static Mono<Long> countRooms(Connection connection) {
    return all(
            connection.createStatement("SELECT COUNT(*) AS rooms FROM rooms"),
            row -> number(row, "rooms"))
        .map(counts -> counts.get(0));
  }

  /**
   * Inserts messages without keys.
   *
   * @param connection where
   * @param messages the messages; their numbers are not used
   * @return completes when they are inserted
   */
  static Mono<Void> insertAll(Connection connection, List<Message> messages) {
    Statement statement =
        connection.createStatement(
            "INSERT INTO messages (room, author, body, posted_at) VALUES ($1, $2, $3, $4)");
    for (int i = 0; i < messages.size(); i++) {
      if (i > 0) {
        statement.add();
      }
      Message message = messages.get(i);
      statement
          .bind("$1", message.room())
          .bind("$2", message.author())
          .bind("$3", message.text())
          .bind("$4", utc(message.postedAt()));
    }
    return updated(statement);
  }

  private static Mono<Void> updated(Statement statement) {
    return Flux.from(statement.execute()).concatMap(result -> result.getRowsUpdated()).then();
  }

  private static <R> Mono<List<R>> all(Statement statement, Function<Readable, R> reader) {
    return Flux.from(statement.execute()).concatMap(result -> result.map(reader)).collectList();
  }

  private static Message message(Readable row) {
    return new Message(
        number(row, "id"),
        text(row, "room"),
        text(row, "author"),
        text(row, "body"),
        instant(row, "posted_at"));
  }

  private static Message message(long id, Draft draft, Instant postedAt) {
    return new Message(id, draft.room(), draft.author(), draft.text(), postedAt);
  }

  private static String text(Readable row, String column) {
    return Objects.requireNonNull(row.get(column, String.class), column);
  }

  private static long number(Readable row, String column) {
    return Objects.requireNonNull(row.get(column, Long.class), column);
  }

  private static Instant instant(Readable row, String column) {
    return Objects.requireNonNull(row.get(column, LocalDateTime.class), column)
        .toInstant(ZoneOffset.UTC);
  }

  private static LocalDateTime utc(Instant instant) {
    return LocalDateTime.ofInstant(instant, ZoneOffset.UTC);
  }

  /** As exact as the database keeps it. */
  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }
}
