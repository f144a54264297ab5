/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.CallbackThread;
import dev.picot.LoopScheduler;
import dev.picot.Task;
import dev.picot.reactor.netty.NettyLoops;
import dev.picot.reactor.netty.PicotLoopResources;
import io.r2dbc.postgresql.PostgresqlConnectionConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.Result;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** PostgreSQL's connections on the loops whose callback threads use them. */
class ColocatedPostgresIT {
  /** Who asked, and whose thread decoded the answer. */
  private record Threads(String asking, String decoding) {}

  private final int port = Postgres.server().getPort();
  private LoopScheduler scheduler;
  private LoopConnectionFactory connections;

  @BeforeEach
  void connects() {
    // region colocated
    LoopScheduler shop = NettyLoops.build(LoopScheduler.builder("shop").loops(2));
    PostgresqlConnectionFactory driver =
        new PostgresqlConnectionFactory(
            PostgresqlConnectionConfiguration.builder()
                .loopResources(PicotLoopResources.of(shop))
                .host("localhost")
                .port(port)
                .username("postgres")
                .password("postgres")
                .database("postgres")
                .applicationName("colocated")
                .build());
    LoopConnectionFactory connections =
        LoopConnectionFactory.perLoop(shop, driver).maxSize(8).build();
    // end region
    this.scheduler = shop;
    this.connections = connections;
  }

  @AfterEach
  void closes() {
    connections.disposeLater().block(Loops.PATIENCE);
    scheduler.close();
  }

  private static Mono<String> decodingThread(Connection connection, String sql) {
    return Flux.<Result>from(connection.createStatement(sql).execute())
        .flatMap(result -> result.map(row -> Thread.currentThread().getName()))
        .single();
  }

  private Task<Threads> threads() {
    return Task.call(() -> Thread.currentThread().getName())
        .flatMap(
            asking ->
                Task.await(
                        Mono.usingWhen(
                            connections.create(),
                            connection -> decodingThread(connection, "SELECT 1"),
                            Connection::close))
                    .map(decoding -> new Threads(asking, decoding)));
  }

  @Test
  void theLoopThatAsks_isTheOneThatDecodes() throws Exception {
    List<CallbackThread<Threads>> asking = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      asking.add(scheduler.spawn(threads()));
    }

    List<Threads> seen = new ArrayList<>();
    for (CallbackThread<Threads> one : asking) {
      seen.add(one.block(Loops.PATIENCE));
    }

    assertThat(seen).allSatisfy(each -> assertThat(each.decoding()).isEqualTo(each.asking()));
    assertThat(seen).extracting(Threads::asking).contains("shop-1", "shop-2");
  }

  @Test
  void aStormOfCancellations_leavesNothingBehind() throws Exception {
    Random random = new Random(1);
    List<CallbackThread<?>> asking = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      CallbackThread<?> one =
          scheduler.spawn(
              Task.await(
                  Mono.usingWhen(
                      connections.create(),
                      connection ->
                          Mono.from(connection.beginTransaction())
                              .then(decodingThread(connection, "SELECT pg_sleep(0.002)::TEXT")),
                      Connection::close)));
      asking.add(one);
      if (random.nextBoolean()) {
        scheduler.spawn(
            Task.sleep(Duration.ofMillis(random.nextInt(30))).then(Task.run(one::cancel)));
      }
    }

    Loops.await(() -> asking.stream().allMatch(one -> one.outcome().isPresent()));
    Loops.await(() -> connections.stats().acquired() == 0);
    assertThat(Postgres.connections("colocated", "state LIKE 'idle in transaction%'")).isZero();
    assertThat(connections.stats().pending()).isZero();
    assertThat(scheduler.spawn(threads()).block(Loops.PATIENCE).decoding()).startsWith("shop-");
  }
}
