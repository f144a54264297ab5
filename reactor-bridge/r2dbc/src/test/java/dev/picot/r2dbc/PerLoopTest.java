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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.publisher.Mono;

/** A pool for each loop. */
class PerLoopTest {
  @RegisterExtension private final Loops loops = new Loops();
  @RegisterExtension private final LogCapture log = new LogCapture();

  private final LoopScheduler scheduler = loops.make("db", builder -> builder.loops(2));
  private final FakeDriver driver = new FakeDriver();
  private final LoopConnectionFactory factory =
      LoopConnectionFactory.perLoop(scheduler, driver).maxSize(5).build();

  private static Connection inner(Connection connection) {
    return ((Lease) connection).unwrap();
  }

  /** The loop of the caller, and its connection, for many callers. */
  private Map<String, List<Connection>> use(int callers) throws Exception {
    Map<String, List<Connection>> used = new ConcurrentHashMap<>();
    List<dev.picot.CallbackThread<String>> running = new ArrayList<>();
    for (int i = 0; i < callers; i++) {
      running.add(
          scheduler.spawn(
              Task.await(
                  Mono.defer(
                      () -> {
                        String loop = Thread.currentThread().getName();
                        return Mono.usingWhen(
                            factory.create(),
                            connection -> {
                              used.computeIfAbsent(loop, l -> new ArrayList<>())
                                  .add(inner(connection));
                              return Mono.from(connection.beginTransaction()).thenReturn(loop);
                            },
                            Connection::close);
                      }))));
    }
    for (var thread : running) {
      thread.block(Loops.PATIENCE);
    }
    return used;
  }

  @Test
  void aCallerOnALoop_getsAConnectionThatWasMadeThere() throws Exception {
    Map<String, List<Connection>> used = use(200);

    assertThat(used.keySet()).containsExactlyInAnyOrder("db-1", "db-2");
    for (Map.Entry<String, List<Connection>> each : used.entrySet()) {
      assertThat(each.getValue())
          .allSatisfy(
              connection ->
                  assertThat(((FakeConnection) connection).opener).isEqualTo(each.getKey()));
    }
    assertThat(factory.stats().acquired()).isZero();
    assertThat(factory.stats().acquires()).isEqualTo(200);
  }

  @Test
  void theTotal_isDividedOverTheLoops_andAnewWhenTheirNumberChanges() {
    assertThat(factory.stats().pools())
        .extracting(PoolStats.Pool::name, PoolStats.Pool::maxSize)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("db-1", 3),
            org.assertj.core.groups.Tuple.tuple("db-2", 2));

    scheduler.loops(4);
    assertThat(factory.stats().pools())
        .extracting(PoolStats.Pool::maxSize)
        .containsExactly(2, 1, 1, 1);
    scheduler.loops(1);

    assertThat(factory.stats().pools())
        .extracting(PoolStats.Pool::name, PoolStats.Pool::maxSize)
        .containsExactly(org.assertj.core.groups.Tuple.tuple("db-1", 5));
    assertThat(factory.stats().maxSize()).isEqualTo(5);
  }

  @Test
  void anOutsider_getsOneOfTheLoopWithTheFewestCallers() throws Exception {
    List<Connection> all = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      Caller<Connection> caller = Caller.acquires(factory);
      caller.await();
      all.add(caller.value);
    }

    assertThat(factory.stats().pools()).extracting(PoolStats.Pool::acquired).containsExactly(3, 2);
    all.forEach(Caller::close);
  }

  @Test
  void aLeavingLoop_closesItsConnectionsAndSendsItsCallersElsewhere() throws Exception {
    List<Caller<Connection>> lent = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      Caller<Connection> caller = Caller.acquires(factory);
      caller.await();
      lent.add(caller);
    }
    List<Caller<Connection>> waiting = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      waiting.add(Caller.acquires(factory));
    }
    assertThat(factory.stats().pending()).isEqualTo(4);

    scheduler.loops(1);

    assertThat(factory.stats().pending()).isEqualTo(4);
    assertThat(factory.stats().pools())
        .extracting(PoolStats.Pool::name, PoolStats.Pool::acquired)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("db-1", 3),
            org.assertj.core.groups.Tuple.tuple("db-2", 2));
    lent.forEach(caller -> Caller.close(caller.value));
    for (Caller<Connection> caller : waiting) {
      caller.await();
      Caller.close(caller.value);
    }
    Loops.await(() -> driver.openConnections() == factory.stats().idle());
    assertThat(factory.stats().pools()).extracting(PoolStats.Pool::name).containsExactly("db-1");
    assertThat(driver.openConnections()).isBetween(3L, 5L);
  }

  @Test
  void thereAreNeverMoreThanTheTotal_alsoWhileLoopsComeAndGo() throws Exception {
    for (int loop = 1; loop <= 8; loop++) {
      scheduler.loops(loop % 4 + 1);
      use(50);
      assertThat(driver.openConnections()).isLessThanOrEqualTo(5);
    }
    Loops.await(() -> factory.stats().acquired() == 0);
  }

  @Test
  void moreLoopsThanConnections_areServedByTheOthers() throws Exception {
    scheduler.loops(8);

    Map<String, List<Connection>> used = use(400);

    assertThat(used.keySet()).hasSizeGreaterThan(5);
    assertThat(driver.openConnections()).isLessThanOrEqualTo(5);
  }

  @Test
  void oneThreadForAllConnections_isWarnedOf() throws Exception {
    java.util.concurrent.ExecutorService io =
        java.util.concurrent.Executors.newSingleThreadExecutor(
            action -> new Thread(action, "the-only-one"));
    driver.answers = io::execute;

    Caller<Integer> warm = Caller.of(factory.warmUp());
    warm.await();
    assertThat(log.has("the-only-one")).isFalse();
    List<Caller<Connection>> lent = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      lent.add(Caller.acquires(factory));
      lent.get(i).await();
    }

    log.await("the first 4 connections are all served by thread 'the-only-one'");
    lent.forEach(caller -> Caller.close(caller.value));
    io.shutdown();
  }

  @Test
  void closingTheScheduler_closesTheConnections() throws Exception {
    use(10);
    assertThat(driver.openConnections()).isPositive();

    scheduler.close();

    Loops.await(() -> driver.openConnections() == 0);
    Caller<Connection> late = Caller.acquires(factory);
    late.await();
    assertThat(late.error).isInstanceOf(PoolClosedException.class);
  }
}
