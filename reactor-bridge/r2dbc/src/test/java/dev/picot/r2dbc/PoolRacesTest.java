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
import io.r2dbc.spi.R2dbcNonTransientResourceException;
import io.r2dbc.spi.Result;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Many threads acquire, use, cancel and give back at random, while the driver answers from several
 * threads; in the end every connection and every permit is accounted for.
 */
class PoolRacesTest {
  private static final int THREADS = 4;
  private static final int ROUNDS = 1_500;
  private static final int MAX_SIZE = 5;

  @RegisterExtension private final Loops loops = new Loops();

  private final LoopScheduler scheduler = loops.make("races", builder -> builder.loops(3));
  private final FakeDriver driver = new FakeDriver();
  private final ExecutorService io = Executors.newFixedThreadPool(2);
  private final ExecutorService callers = Executors.newFixedThreadPool(THREADS);

  /** Connections that somebody has: nobody else may. */
  private final Set<Connection> inUse = ConcurrentHashMap.newKeySet();

  private final AtomicInteger shared = new AtomicInteger();
  private final AtomicInteger unfinished = new AtomicInteger();

  @AfterEach
  void stops() {
    io.shutdown();
    callers.shutdown();
  }

  private LoopConnectionFactory make(Placement placement) {
    LoopConnectionFactory.Builder builder =
        switch (placement) {
          case PER_LOOP -> LoopConnectionFactory.perLoop(scheduler, driver);
          case SHARED -> LoopConnectionFactory.shared(scheduler, driver);
          case OFFLOADED -> LoopConnectionFactory.offloaded(scheduler, driver);
        };
    return builder
        .maxSize(MAX_SIZE)
        .minSize(1)
        .validateAfter(Duration.ofMillis(1))
        .acquireTimeout(Duration.ofSeconds(20))
        .build();
  }

  private Mono<Long> use(LoopConnectionFactory factory, int kind) {
    Function<Connection, Mono<Long>> work =
        connection -> {
          Connection inner = ((Lease) connection).unwrap();
          if (!inUse.add(inner)) {
            shared.incrementAndGet();
          }
          Mono<Long> query =
              Flux.<Result>from(connection.createStatement("SELECT").execute())
                  .flatMap(Result::getRowsUpdated)
                  .next();
          Mono<Long> all =
              kind % 3 == 0
                  ? Mono.from(connection.beginTransaction())
                      .then(query)
                      .flatMap(n -> Mono.from(connection.commitTransaction()).thenReturn(n))
                  : query;
          return kind % 17 == 0
              ? all.then(Mono.error(new R2dbcNonTransientResourceException("lost")))
              : all;
        };
    return Mono.usingWhen(
        factory.create(),
        work,
        connection -> {
          inUse.remove(((Lease) connection).unwrap());
          return connection.close();
        });
  }

  private void storm(LoopConnectionFactory factory, CountDownLatch done) {
    SplittableRandom random = new SplittableRandom(ThreadLocalRandom.current().nextLong());
    List<Disposable> running = new ArrayList<>();
    for (int i = 0; i < ROUNDS; i++) {
      Mono<Long> use = use(factory, random.nextInt(100));
      if (random.nextBoolean()) {
        use = Mono.from(scheduler.publisher(Task.awaitOptional(use))).map(v -> v.orElse(0L));
      }
      unfinished.incrementAndGet();
      Disposable one =
          use.doFinally(end -> unfinished.decrementAndGet()).subscribe(v -> {}, e -> {});
      running.add(one);
      if (random.nextInt(3) == 0) {
        running.get(random.nextInt(running.size())).dispose();
      }
      if (running.size() > 64) {
        running.remove(0);
      }
    }
    done.countDown();
  }

  @ParameterizedTest
  @EnumSource(Placement.class)
  void cancelStorm_leavesNothingBehind(Placement placement) throws Exception {
    driver.answers = io::execute;
    LoopConnectionFactory factory = make(placement);
    CountDownLatch done = new CountDownLatch(THREADS);

    for (int i = 0; i < THREADS; i++) {
      callers.execute(() -> storm(factory, done));
    }
    if (placement == Placement.PER_LOOP) {
      for (int i = 0; i < 40; i++) {
        scheduler.loops(i % 4 + 1);
        scheduler.spawn(Task.done()).block(Loops.PATIENCE);
      }
    }
    Loops.await(done);

    Loops.await(() -> unfinished.get() == 0);
    Loops.await(
        () -> {
          PoolStats stats = factory.stats();
          return stats.acquired() == 0
              && stats.pending() == 0
              && stats.connecting() == 0
              && stats.idle() == driver.openConnections();
        });
    assertThat(shared).hasValue(0);
    assertThat(inUse).isEmpty();
    assertThat(factory.stats().idle()).isLessThanOrEqualTo(MAX_SIZE);
    assertThat(driver.connections)
        .filteredOn(connection -> !connection.isClosed)
        .allSatisfy(connection -> assertThat(connection.isAutoCommit).isTrue());
    List<Caller<Connection>> all = new ArrayList<>();
    for (int i = 0; i < MAX_SIZE; i++) { // every permit is back
      all.add(Caller.acquires(factory));
    }
    for (Caller<Connection> each : all) {
      each.await();
      assertThat(each.error).isNull();
    }
    all.forEach(caller -> Caller.close(caller.value));
    Caller<Void> closing = Caller.of(factory.disposeLater());
    closing.await();
    assertThat(driver.openConnections()).isZero();
  }
}
