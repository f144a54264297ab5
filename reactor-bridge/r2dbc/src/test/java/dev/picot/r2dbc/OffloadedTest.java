/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.LoopScheduler;
import dev.picot.Task;
import io.r2dbc.h2.H2ConnectionConfiguration;
import io.r2dbc.h2.H2ConnectionFactory;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Drivers that work on the thread that calls them, on the elastic pool. */
class OffloadedTest {
  @RegisterExtension private final Loops loops = new Loops();

  private final LoopScheduler scheduler = loops.make("off");

  private static ConnectionFactory h2(String name) {
    return new H2ConnectionFactory(
        H2ConnectionConfiguration.builder()
            .inMemory(name)
            .option("DB_CLOSE_DELAY=-1")
            .username("sa")
            .build());
  }

  private <T> T run(LoopConnectionFactory factory, Function<Connection, Mono<T>> use)
      throws Exception {
    return scheduler
        .spawn(Task.awaitOptional(Mono.usingWhen(factory.create(), use, Connection::close)))
        .block(Loops.PATIENCE)
        .orElse(null);
  }

  private static Mono<Long> update(Connection connection, String sql) {
    return Flux.<Result>from(connection.createStatement(sql).execute())
        .flatMap(Result::getRowsUpdated)
        .reduce(0L, Long::sum);
  }

  @Test
  void theDriver_isCalledOnElasticThreads_andResultsComeHome() throws Exception {
    LoopConnectionFactory factory =
        LoopConnectionFactory.offloaded(scheduler, h2("home")).maxSize(2).build();

    String seen =
        this.<String>run(
            factory,
            connection ->
                Flux.<Result>from(connection.createStatement("SELECT 1").execute())
                    .flatMap(
                        result -> result.map((row, columns) -> Thread.currentThread().getName()))
                    .map(mapped -> mapped + " " + Thread.currentThread().getName())
                    .single());

    assertThat(seen).matches("off-elastic-\\d+ off-\\d+");
    assertThat(factory.stats().idle()).isEqualTo(1);
  }

  @Test
  void allCallsOfAConnection_areMadeOneAtATime() throws Exception {
    FakeDriver driver = new FakeDriver();
    LoopConnectionFactory factory =
        LoopConnectionFactory.offloaded(scheduler, driver).maxSize(1).build();
    run(
        factory,
        connection -> {
          List<Mono<Void>> all = new ArrayList<>();
          for (int i = 0; i < 100; i++) {
            all.add(Mono.from(connection.createSavepoint("s" + i)));
          }
          return Flux.merge(Flux.fromIterable(all), 100).then();
        });

    assertThat(driver.connections.get(0).calls)
        .hasSize(100)
        .allSatisfy(call -> assertThat(call.thread).startsWith("off-elastic-"));
  }

  @Test
  void manyRows_areReadAsTheyAreRequested() throws Exception {
    LoopConnectionFactory factory =
        LoopConnectionFactory.offloaded(scheduler, h2("rows")).maxSize(1).build();

    Long sum =
        this.<Long>run(
            factory,
            connection ->
                Flux.<Result>from(
                        connection
                            .createStatement("SELECT x FROM system_range(1, 10000)")
                            .execute())
                    .concatMap(result -> result.map(row -> row.get(0, Long.class)), 1)
                    .limitRate(7)
                    .reduce(0L, Long::sum));

    assertThat(sum).isEqualTo(50_005_000L);
  }

  @Test
  void cancelStorm_leavesNoTransactionOpen() throws Exception {
    LoopConnectionFactory factory =
        LoopConnectionFactory.offloaded(scheduler, h2("storm")).maxSize(4).build();
    run(factory, connection -> update(connection, "CREATE TABLE storm (id INT)"));
    Random random = new Random(1);
    AtomicInteger unfinished = new AtomicInteger();
    List<Disposable> running = new ArrayList<>();

    for (int i = 0; i < 1_000; i++) {
      boolean commits = random.nextBoolean();
      Mono<Long> one =
          Mono.usingWhen(
              factory.create(),
              connection ->
                  Mono.from(connection.beginTransaction())
                      .then(update(connection, "INSERT INTO storm VALUES (1)"))
                      .flatMap(
                          n ->
                              commits
                                  ? Mono.from(connection.commitTransaction()).thenReturn(n)
                                  : Mono.just(n)),
              Connection::close);
      if (random.nextBoolean()) {
        one = Mono.from(scheduler.publisher(Task.await(one)));
      }
      unfinished.incrementAndGet();
      running.add(one.doFinally(end -> unfinished.decrementAndGet()).subscribe(v -> {}, e -> {}));
      if (random.nextInt(3) == 0) {
        running.get(random.nextInt(running.size())).dispose();
      }
    }

    Loops.await(() -> unfinished.get() == 0);
    Loops.await(() -> factory.stats().acquired() == 0);
    assertThat(factory.stats().pending()).isZero();
    Long sessions =
        this.<Long>run(
            factory,
            connection ->
                Flux.<Result>from(
                        connection
                            .createStatement(
                                "SELECT count(*) FROM information_schema.sessions"
                                    + " WHERE contains_uncommitted")
                            .execute())
                    .flatMap(result -> result.map(row -> row.get(0, Long.class)))
                    .single());
    assertThat(sessions).isZero();
    Caller<Void> closing = Caller.of(factory.disposeLater());
    closing.await();
  }

  @Test
  void afterTheSchedulerHasClosed_connectionsAreClosedAllTheSame() throws Exception {
    FakeDriver driver = new FakeDriver();
    LoopConnectionFactory factory =
        LoopConnectionFactory.offloaded(scheduler, driver).maxSize(2).build();
    run(factory, connection -> Mono.from(connection.createSavepoint("s")));

    scheduler.close();

    Loops.await(() -> driver.openConnections() == 0);
    Caller<Void> closing = Caller.of(factory.disposeLater());
    closing.await();
    assertThat(closing.isComplete).isTrue();
  }
}
