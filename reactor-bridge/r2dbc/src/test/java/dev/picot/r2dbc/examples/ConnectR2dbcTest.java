/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc.examples;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.table;

import dev.picot.LoopScheduler;
import dev.picot.Task;
import dev.picot.r2dbc.LoopConnectionFactory;
import dev.picot.r2dbc.Loops;
import io.r2dbc.proxy.ProxyConnectionFactory;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.Result;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jooq.DSLContext;
import org.jooq.Record1;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.r2dbc.connection.R2dbcTransactionManager;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.transaction.reactive.TransactionalOperator;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The examples of the guide. */
class ConnectR2dbcTest {
  @RegisterExtension private final Loops loops = new Loops();

  private final LoopScheduler scheduler = loops.make("shop");
  private final ConnectionFactory driver =
      ConnectionFactories.get("r2dbc:h2:mem:///shop?options=DB_CLOSE_DELAY=-1");
  private LoopConnectionFactory connections;

  @BeforeEach
  void connects() {
    // region offloaded
    LoopConnectionFactory connections =
        LoopConnectionFactory.offloaded(scheduler, driver)
            .name("shop")
            .maxSize(16)
            .acquireTimeout(ofSeconds(2))
            .build();
    // end region
    this.connections = connections;
    DatabaseClient client = DatabaseClient.create(connections);
    client.sql("CREATE TABLE IF NOT EXISTS items (id INT, name VARCHAR)").then().block();
    client.sql("DELETE FROM items").then().block();
    client.sql("INSERT INTO items VALUES (1, 'tea')").then().block();
  }

  @AfterEach
  void disconnects() {
    // region close
    connections.disposeLater().block(ofSeconds(10));
    // end region
  }

  @Test
  void usingAConnection() throws Exception {
    // region use
    Task<String> name =
        Task.await(
            Mono.usingWhen(
                connections.create(),
                connection ->
                    Flux.<Result>from(
                            connection
                                .createStatement("SELECT name FROM items WHERE id = $1")
                                .bind("$1", 1)
                                .execute())
                        .flatMap(result -> result.map(row -> row.get("name", String.class)))
                        .single(),
                Connection::close));
    // end region

    assertThat(scheduler.spawn(name).block(Loops.PATIENCE)).isEqualTo("tea");
    assertThat(connections.stats().acquired()).isZero();
  }

  @Test
  void withSpring() throws Exception {
    // region spring
    DatabaseClient client = DatabaseClient.create(connections);
    TransactionalOperator transaction =
        TransactionalOperator.create(new R2dbcTransactionManager(connections));
    Mono<Long> renamed =
        client
            .sql("UPDATE items SET name = :name WHERE id = :id")
            .bind("name", "green tea")
            .bind("id", 1)
            .fetch()
            .rowsUpdated()
            .as(transaction::transactional);
    // end region

    assertThat(scheduler.spawn(Task.await(renamed)).block(Loops.PATIENCE)).isEqualTo(1);
    Mono<Long> failing =
        renamed
            .flatMap(
                n ->
                    client
                        .sql("UPDATE items SET name = 'none'")
                        .fetch()
                        .rowsUpdated()
                        .then(Mono.<Long>error(new IllegalStateException("no"))))
            .as(transaction::transactional)
            .onErrorReturn(-1L);
    assertThat(scheduler.spawn(Task.await(failing)).block(Loops.PATIENCE)).isEqualTo(-1);
    Mono<String> name =
        client.sql("SELECT name FROM items").map(row -> row.get(0, String.class)).one();
    assertThat(scheduler.spawn(Task.await(name)).block(Loops.PATIENCE)).isEqualTo("green tea");
    assertThat(connections.stats().acquired()).isZero();
  }

  @Test
  void withJooq() throws Exception {
    // region jooq
    DSLContext jooq = DSL.using(connections, SQLDialect.H2);
    Mono<Integer> renamed =
        Mono.from(
            jooq.transactionPublisher(
                transaction ->
                    transaction
                        .dsl()
                        .update(table("items"))
                        .set(field("name", String.class), "green tea")
                        .where(field("id", Integer.class).eq(1))));
    // end region

    assertThat(scheduler.spawn(Task.await(renamed)).block(Loops.PATIENCE)).isEqualTo(1);
    Mono<Integer> failing =
        Mono.from(
            jooq.transactionPublisher(
                transaction ->
                    Mono.from(transaction.dsl().deleteFrom(table("items")))
                        .then(Mono.<Integer>error(new IllegalStateException("no")))));
    assertThat(scheduler.spawn(Task.await(failing.onErrorReturn(-1))).block(Loops.PATIENCE))
        .isEqualTo(-1);
    Mono<List<String>> names =
        Flux.from(jooq.select(field("name", String.class)).from(table("items")))
            .map(Record1::value1)
            .collectList();
    assertThat(scheduler.spawn(Task.await(names)).block(Loops.PATIENCE))
        .containsExactly("green tea");
    assertThat(connections.stats().acquired()).isZero();
  }

  @Test
  void withProxy() throws Exception {
    List<String> queries = new CopyOnWriteArrayList<>();
    ConnectionFactory observed =
        ProxyConnectionFactory.builder(connections)
            .onAfterQuery(info -> info.getQueries().forEach(query -> queries.add(query.getQuery())))
            .build();

    Mono<Long> count =
        DatabaseClient.create(observed)
            .sql("SELECT count(*) FROM items")
            .map(row -> row.get(0, Long.class))
            .one();

    assertThat(scheduler.spawn(Task.await(count)).block(Loops.PATIENCE)).isEqualTo(1);
    assertThat(queries).containsExactly("SELECT count(*) FROM items");
    assertThat(connections.stats().acquired()).isZero();
  }

  @Test
  void warmingUp() {
    // region warmUp
    Mono<Integer> warm =
        connections.warmUp(
            1_000,
            connection ->
                Flux.<Result>from(connection.createStatement("SELECT 1").execute())
                    .flatMap(result -> result.map(row -> row.get(0))));
    // end region

    assertThat(warm.block(Loops.PATIENCE)).isEqualTo(1);
  }
}
