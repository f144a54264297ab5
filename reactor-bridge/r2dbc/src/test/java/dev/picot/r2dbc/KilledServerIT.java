/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.LoopScheduler;
import dev.picot.Task;
import dev.picot.reactor.netty.NettyLoops;
import dev.picot.reactor.netty.PicotLoopResources;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.Result;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/** The server is killed and started again while callers go on, half of whom are cancelled. */
class KilledServerIT {
  private static final int MAX_SIZE = 6;
  private static final int CALLERS = 32;

  @RegisterExtension private final Loops loops = new Loops();

  @TempDir(cleanup = CleanupMode.NEVER)
  private Path data;

  private LoopScheduler scheduler;
  private final AtomicBoolean stop = new AtomicBoolean();
  private final AtomicInteger unfinished = new AtomicInteger();
  private final AtomicInteger successes = new AtomicInteger();
  private final AtomicInteger failures = new AtomicInteger();
  private final Set<Disposable> running = ConcurrentHashMap.newKeySet();

  private EmbeddedPostgres start(int port) throws IOException {
    EmbeddedPostgres.Builder builder =
        EmbeddedPostgres.builder()
            .setDataDirectory(data.resolve("pg"))
            .setCleanDataDirectory(false)
            .setServerConfig("fsync", "off");
    return (port == 0 ? builder : builder.setPort(port)).start();
  }

  private void kill() throws IOException {
    Path pidFile = data.resolve("pg").resolve("postmaster.pid");
    long pid = Long.parseLong(Files.readAllLines(pidFile).get(0));
    ProcessHandle server = ProcessHandle.of(pid).orElseThrow();
    server.descendants().forEach(ProcessHandle::destroyForcibly);
    server.destroyForcibly();
    Loops.await(() -> !server.isAlive());
  }

  private Mono<Integer> query(LoopConnectionFactory factory) {
    return Mono.usingWhen(
        factory.create(),
        connection ->
            Mono.from(connection.beginTransaction())
                .thenMany(connection.createStatement("SELECT 1").execute())
                .cast(Result.class)
                .flatMap(result -> result.map(row -> row.get(0, Integer.class)))
                .then(Mono.from(connection.commitTransaction()))
                .thenReturn(1),
        Connection::close);
  }

  /** Asks again and again until it is told to stop; each second time it cancels another one. */
  private void goOn(LoopConnectionFactory factory, int number) {
    if (stop.get()) {
      return;
    }
    unfinished.incrementAndGet();
    Mono<Integer> one = Mono.from(scheduler.publisher(Task.await(query(factory))));
    Disposable.Swap slot = reactor.core.Disposables.swap();
    running.add(slot);
    slot.update(
        one.doOnError(error -> failures.incrementAndGet())
            .doOnSuccess(value -> successes.incrementAndGet())
            .onErrorResume(error -> Mono.delay(Duration.ofMillis(5)).thenReturn(0))
            .doFinally(
                end -> {
                  running.remove(slot);
                  unfinished.decrementAndGet();
                  reactor.core.scheduler.Schedulers.parallel()
                      .schedule(() -> goOn(factory, number + 1));
                })
            .subscribe(v -> {}, e -> {}));
    if (number % 2 == 0) {
      running.stream().skip(number % CALLERS).findFirst().ifPresent(Disposable::dispose);
    }
  }

  @AfterEach
  void close() {
    scheduler.close();
  }

  /** Where the pools are, and where the driver reads and writes. */
  enum Where {
    PER_LOOP,
    SHARED,
    PER_LOOP_ON_SHARED_LOOPS
  }

  @ParameterizedTest
  @EnumSource
  void killedAndStartedAgain_theRequestsGoOn(Where where) throws Exception {
    EmbeddedPostgres first = start(0);
    int port = first.getPort();
    boolean sharesLoops = where == Where.PER_LOOP_ON_SHARED_LOOPS;
    scheduler =
        sharesLoops
            ? NettyLoops.build(LoopScheduler.builder("killed").loops(2))
            : loops.make("killed", builder -> builder.loops(2));
    ConnectionFactory driver =
        Postgres.driver(
            port,
            "killed",
            options -> {
              options.connectTimeout(Duration.ofSeconds(2));
              return sharesLoops
                  ? options.loopResources(PicotLoopResources.of(scheduler))
                  : options;
            });
    LoopConnectionFactory factory =
        (where == Where.SHARED
                ? LoopConnectionFactory.shared(scheduler, driver)
                : LoopConnectionFactory.perLoop(scheduler, driver))
            .maxSize(MAX_SIZE)
            .minSize(MAX_SIZE)
            .acquireTimeout(Duration.ofSeconds(5))
            .build();
    for (int i = 0; i < CALLERS; i++) {
      goOn(factory, i);
    }
    Loops.await(() -> successes.get() > 200);

    kill();
    Loops.await(() -> failures.get() > 50);
    first.close();
    int before = successes.get();
    EmbeddedPostgres second = start(port);
    Loops.await(() -> successes.get() > before + 200);
    stop.set(true);

    Loops.await(() -> unfinished.get() == 0);
    Loops.await(() -> factory.stats().acquired() == 0 && factory.stats().idle() == MAX_SIZE);
    assertThat(factory.stats().pending()).isZero();
    assertThat(factory.stats().connecting()).isZero();
    try (java.sql.Connection jdbc = second.getPostgresDatabase().getConnection();
        java.sql.Statement statement = jdbc.createStatement();
        java.sql.ResultSet row =
            statement.executeQuery(
                "SELECT count(*) FILTER (WHERE state = 'idle'), count(*) FROM pg_stat_activity"
                    + " WHERE application_name = 'killed'")) {
      row.next();
      assertThat(row.getInt(1)).isEqualTo(MAX_SIZE);
      assertThat(row.getInt(2)).isEqualTo(MAX_SIZE);
    }
    Caller<Void> closing = Caller.of(factory.disposeLater());
    closing.await();
    second.close();
  }
}
