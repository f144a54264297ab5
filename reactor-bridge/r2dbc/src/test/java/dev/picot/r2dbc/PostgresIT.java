/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.LoopScheduler;
import dev.picot.Task;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.R2dbcBadGrammarException;
import io.r2dbc.spi.Result;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The placements on a real PostgreSQL, with the event loops of Reactor Netty. */
class PostgresIT {
  private static final int MAX_SIZE = 6;

  @RegisterExtension private final Loops loops = new Loops();

  private final LoopScheduler scheduler = loops.make("pg", builder -> builder.loops(2));

  private LoopConnectionFactory make(Placement placement, ConnectionFactory driver) {
    LoopConnectionFactory.Builder builder =
        placement == Placement.PER_LOOP
            ? LoopConnectionFactory.perLoop(scheduler, driver)
            : LoopConnectionFactory.shared(scheduler, driver);
    return builder.maxSize(MAX_SIZE).build();
  }

  private <T> T run(LoopConnectionFactory factory, Function<Connection, Mono<T>> use)
      throws Exception {
    return scheduler
        .spawn(Task.awaitOptional(Mono.usingWhen(factory.create(), use, Connection::close)))
        .block(Loops.PATIENCE)
        .orElse(null);
  }

  private static Mono<Integer> select(Connection connection, int value) {
    return Flux.<Result>from(
            connection.createStatement("SELECT $1::INT4").bind("$1", value).execute())
        .flatMap(result -> result.map(row -> row.get(0, Integer.class)))
        .single();
  }

  private static Mono<Long> update(Connection connection, String sql) {
    return Flux.<Result>from(connection.createStatement(sql).execute())
        .flatMap(Result::getRowsUpdated)
        .reduce(0L, Long::sum);
  }

  private static void close(LoopConnectionFactory factory) throws Exception {
    Caller<Void> closing = Caller.of(factory.disposeLater());
    closing.await();
  }

  @ParameterizedTest
  @EnumSource(value = Placement.class, names = "OFFLOADED", mode = EnumSource.Mode.EXCLUDE)
  void queriesAndTransactions(Placement placement) throws Exception {
    String name = "queries-" + placement;
    LoopConnectionFactory factory = make(placement, Postgres.driver(name));
    run(factory, connection -> update(connection, "DROP TABLE IF EXISTS lines"));
    run(factory, connection -> update(connection, "CREATE TABLE lines (id INT)"));

    for (int i = 0; i < 50; i++) {
      int value = i;
      assertThat(this.<Integer>run(factory, connection -> select(connection, value)))
          .isEqualTo(value);
    }
    run(
        factory,
        connection ->
            Mono.from(connection.beginTransaction())
                .then(update(connection, "INSERT INTO lines VALUES (1)"))
                .flatMap(n -> Mono.from(connection.commitTransaction()).thenReturn(n)));
    run( // not committed
        factory,
        connection ->
            Mono.from(connection.beginTransaction())
                .then(update(connection, "INSERT INTO lines VALUES (2)")));
    run( // a transaction by the text of a statement
        factory,
        connection ->
            update(connection, "BEGIN").then(update(connection, "INSERT INTO lines VALUES (3)")));
    Throwable bad =
        run(
            factory,
            connection ->
                update(connection, "SELCT 1")
                    .<Throwable>map(n -> new AssertionError())
                    .onErrorResume(Mono::just));

    assertThat(bad).isInstanceOf(R2dbcBadGrammarException.class);
    assertThat(Postgres.jdbc().queryForList("SELECT id FROM lines", Integer.class))
        .containsExactly(1);
    assertThat(factory.stats().acquired()).isZero();
    assertThat(Postgres.connections(name, "state = 'idle'")).isEqualTo(factory.stats().idle());
    close(factory);
  }

  /** One of many callers: does this or that, and may be cancelled anywhere. */
  private static Mono<Integer> oneOfMany(LoopConnectionFactory factory, int kind) {
    Function<Connection, Mono<Integer>> query =
        switch (kind % 4) {
          case 0 -> connection -> select(connection, kind);
          case 1 ->
              connection ->
                  Mono.from(connection.beginTransaction())
                      .then(update(connection, "INSERT INTO storm VALUES (1)"))
                      .then(Mono.from(connection.commitTransaction()))
                      .thenReturn(kind);
          case 2 ->
              connection ->
                  Flux.<Result>from(
                          connection
                              .createStatement("SELECT * FROM generate_series(1, 500)")
                              .execute())
                      .flatMap(result -> result.map(row -> row.get(0, Integer.class)))
                      .next();
          default ->
              connection ->
                  update(connection, "BEGIN")
                      .then(update(connection, "SELECT pg_sleep(0.005)"))
                      .thenReturn(kind);
        };
    return Mono.usingWhen(factory.create(), query, Connection::close);
  }

  @ParameterizedTest
  @EnumSource(value = Placement.class, names = "OFFLOADED", mode = EnumSource.Mode.EXCLUDE)
  void cancelStorm_leavesNothingBehind(Placement placement) throws Exception {
    Postgres.jdbc().execute("DROP TABLE IF EXISTS storm");
    Postgres.jdbc().execute("CREATE TABLE storm (id INT)");
    String name = "storm-" + placement;
    LoopConnectionFactory factory = make(placement, Postgres.driver(name));
    Random random = new Random(1);
    AtomicInteger unfinished = new AtomicInteger();

    for (int i = 0; i < 24; i++) {
      List<Disposable> running = new ArrayList<>();
      for (int j = 0; j < 50; j++) {
        Mono<Integer> one = oneOfMany(factory, random.nextInt(1_000));
        if (random.nextBoolean()) {
          one = Mono.from(scheduler.publisher(Task.await(one)));
        }
        unfinished.incrementAndGet();
        running.add(one.doFinally(end -> unfinished.decrementAndGet()).subscribe(v -> {}, e -> {}));
        if (random.nextInt(4) > 0) {
          running.get(random.nextInt(running.size())).dispose();
        }
      }
      if (i % 4 == 3) {
        Loops.await(() -> unfinished.get() == 0);
      }
    }

    Loops.await(() -> unfinished.get() == 0);
    Loops.await(() -> factory.stats().acquired() == 0 && factory.stats().connecting() == 0);
    assertThat(factory.stats().pending()).isZero();
    Loops.await(
        () ->
            Postgres.connections(name, "state = 'idle'") == factory.stats().idle()
                && Postgres.connections(name, "true") == factory.stats().idle());
    for (int i = 0; i < 3 * MAX_SIZE; i++) { // each of them works
      int value = i;
      assertThat(this.<Integer>run(factory, connection -> select(connection, value)))
          .isEqualTo(value);
    }
    close(factory);
    Loops.await(() -> Postgres.connections(name, "true") == 0);
  }

  @Test
  void aCancelledLongQuery_isNotWaitedForLongerThanItMayTake() throws Exception {
    String name = "long";
    LoopConnectionFactory factory =
        LoopConnectionFactory.shared(scheduler, Postgres.driver(name))
            .maxSize(1)
            .cleanupTimeout(Duration.ofMillis(300))
            .build();
    run(factory, connection -> select(connection, 1));
    Caller<Long> sleeping =
        Caller.of(
            Mono.usingWhen(
                factory.create(),
                connection -> update(connection, "SELECT pg_sleep(3600)"),
                Connection::close));
    Loops.await(() -> Postgres.connections(name, "state = 'active'") == 1);

    sleeping.cancel();

    assertThat(this.<Integer>run(factory, connection -> select(connection, 2))).isEqualTo(2);
    assertThat(factory.stats().idle()).isEqualTo(1);
    close(factory);
  }
}
