/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.LoopScheduler;
import dev.picot.Task;
import dev.picot.loop.LoopThread;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.Result;
import io.r2dbc.spi.ValidationDepth;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.reactivestreams.Publisher;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Where signals arrive, with a driver that has a thread of its own. */
class ComingHomeTest {
  @RegisterExtension private final Loops loops = new Loops();

  private final LoopScheduler scheduler = loops.make("home", builder -> builder.loops(3));
  private final ExecutorService io =
      Executors.newSingleThreadExecutor(action -> new Thread(action, "driver"));
  private final FakeDriver driver = new FakeDriver();
  private final LoopConnectionFactory factory =
      LoopConnectionFactory.shared(scheduler, driver).maxSize(4).build();

  ComingHomeTest() {
    driver.answers = io::execute;
  }

  @AfterEach
  void stopsTheDriver() {
    io.shutdown();
  }

  private static String here() {
    return Thread.currentThread().getName();
  }

  /** Does something with a connection in a callback thread, and checks where it was told. */
  private <T> T athome(java.util.function.Function<Connection, Publisher<T>> use) throws Exception {
    AtomicReference<String> home = new AtomicReference<>();
    List<String> seen = new CopyOnWriteArrayList<>();
    T value =
        scheduler
            .spawn(
                Task.awaitOptional(
                    Mono.defer(
                        () -> {
                          home.set(here());
                          return Mono.usingWhen(
                              factory.create().doOnNext(connection -> seen.add(here())),
                              connection ->
                                  Mono.from(use.apply(connection))
                                      .doOnEach(signal -> seen.add(here())),
                              connection ->
                                  Mono.from(connection.close())
                                      .doOnTerminate(() -> seen.add(here())));
                        })))
            .block(Loops.PATIENCE)
            .orElse(null);
    assertThat(seen).hasSizeGreaterThanOrEqualTo(3).containsOnly(home.get());
    return value;
  }

  @Test
  void everySignal_comesToTheLoopThatSubscribed() throws Exception {
    for (int i = 0; i < 20; i++) {
      athome(Connection::beginTransaction);
      athome(Connection::commitTransaction);
      athome(connection -> connection.validate(ValidationDepth.REMOTE));
      athome(
          connection ->
              Flux.<Result>from(connection.createStatement("SELECT").execute())
                  .flatMap(result -> result.map((row, columns) -> "row")));
      athome(connection -> connection.createBatch().add("SELECT").execute());
      athome(connection -> connection.setAutoCommit(false)); // and a slow close
    }
  }

  @Test
  void errors_comeToTheLoopThatSubscribed() throws Exception {
    driver.hold("execute");
    AtomicReference<String> told = new AtomicReference<>();
    String home =
        scheduler
            .spawn(
                Task.await(
                    Mono.defer(
                        () -> {
                          String loop = here();
                          return factory
                              .create()
                              .flatMap(
                                  connection -> {
                                    Mono<? extends Result> executed =
                                        Mono.from(connection.createStatement("x").execute());
                                    io.execute(() -> failExecute());
                                    return executed
                                        .doOnError(error -> told.set(here()))
                                        .thenReturn(loop)
                                        .onErrorReturn(loop);
                                  });
                        })))
            .block(Loops.PATIENCE);

    assertThat(told).hasValue(home);
  }

  private void failExecute() {
    FakeConnection connection = driver.connections.get(0);
    Loops.await(() -> connection.callNames().contains("execute"));
    connection.last("execute").fail(new IllegalStateException("bad"));
  }

  @Test
  void mappers_runWhereTheDriverDecodes() throws Exception {
    String thread =
        athome(
            connection ->
                Flux.<Result>from(connection.createStatement("SELECT").execute())
                    .flatMap(result -> result.map((row, columns) -> here())));

    assertThat(thread).isEqualTo("driver");
  }

  @Test
  void elsewhere_signalsComeAsTheDriverGivesThem() throws Exception {
    Caller<Connection> acquiring = Caller.acquires(factory);
    acquiring.await();
    assertThat(acquiring.thread).startsWith("home-");

    driver.hold("begin", "rollback");
    Caller<Void> begin = Caller.of(acquiring.value.beginTransaction());
    driver.connections.get(0).isAutoCommit = false;
    io.execute(driver.connections.get(0).last("begin")::complete);
    begin.await();
    assertThat(begin.thread).isEqualTo("driver");
    Caller<Void> close = Caller.of(acquiring.value.close());
    io.execute(driver.connections.get(0).last("rollback")::complete);
    close.await();
    assertThat(close.thread).isEqualTo("driver");
    Caller<Connection> atOnce = Caller.acquires(factory);
    assertThat(atOnce.thread).isEqualTo(here());
    Caller.close(atOnce.value);
  }

  @Test
  void whatIsKnownAtOnce_isSignalledWithinTheStep() throws Exception {
    driver.answers = Runnable::run;
    Caller.close(acquire());

    boolean atOnce =
        scheduler
            .spawn(
                Task.call(
                    () -> {
                      Caller<Connection> acquiring = Caller.acquires(factory);
                      Caller<Void> begin = Caller.of(acquiring.value.beginTransaction());
                      Caller<Void> commit = Caller.of(acquiring.value.commitTransaction());
                      Caller<Void> close = Caller.of(acquiring.value.close());
                      return begin.isComplete && commit.isComplete && close.isComplete;
                    }))
            .block(Loops.PATIENCE);

    assertThat(atOnce).isTrue();
  }

  private Connection acquire() throws InterruptedException {
    Caller<Connection> caller = Caller.acquires(factory);
    caller.await();
    return caller.value;
  }

  @Test
  void manyRows_comeInOrderAndAsRequested() throws Exception {
    driver.hold("rows");
    CountDownLatch subscribed = new CountDownLatch(1);
    List<Long> seen = new CopyOnWriteArrayList<>();
    CountDownLatch done = new CountDownLatch(1);
    scheduler.spawn(
        Task.run(
            () ->
                factory
                    .create()
                    .flatMapMany(
                        connection ->
                            Flux.<Result>from(connection.createStatement("SELECT").execute())
                                .flatMap(Result::getRowsUpdated)
                                .doOnSubscribe(s -> subscribed.countDown()))
                    .subscribe(seen::add, error -> {}, done::countDown)));
    Loops.await(subscribed);
    Loops.await(
        () ->
            !driver.connections.isEmpty()
                && driver.connections.get(0).callNames().contains("rows"));

    FakeCall<Long> rows = driver.connections.get(0).last("rows");
    for (long i = 0; i < 1_000; i++) {
      rows.next(i);
    }
    rows.complete();

    Loops.await(done);
    assertThat(seen).hasSize(1_000).isSorted();
  }

  @Test
  void aStuckSlice_isTakenOverAndTheRestComesAllTheSame() throws Exception {
    LoopScheduler one =
        loops.make(
            "stuck",
            builder ->
                builder
                    .loops(1)
                    .watchdog(
                        w ->
                            w.warnAfter(Duration.ofMillis(50))
                                .takeoverAfter(Duration.ofMillis(100))));
    LoopConnectionFactory connections = LoopConnectionFactory.shared(one, driver).build();
    driver.hold("rows");
    CountDownLatch gate = new CountDownLatch(1);
    List<String> seen = new CopyOnWriteArrayList<>();
    CountDownLatch done = new CountDownLatch(1);
    one.spawn(
        Task.run(
            () ->
                connections
                    .create()
                    .flatMapMany(
                        connection ->
                            Flux.<Result>from(connection.createStatement("SELECT").execute())
                                .flatMap(Result::getRowsUpdated))
                    .subscribe(
                        row -> {
                          if (row == 1) {
                            Blockers.pass(gate);
                          }
                          seen.add(row + " " + LoopScheduler.current().isPresent());
                        },
                        error -> {},
                        done::countDown)));
    Loops.await(
        () ->
            !driver.connections.isEmpty()
                && driver.connections.get(0).callNames().contains("rows"));
    FakeCall<Long> rows = driver.connections.get(0).last("rows");
    rows.next(1L);
    Loops.await(() -> one.stats().takeovers() > 0);

    rows.next(2L);
    rows.complete();
    assertThat(one.spawn(Task.call(() -> "alive")).block(Loops.PATIENCE)).isEqualTo("alive");
    gate.countDown();

    Loops.await(done);
    assertThat(seen).containsExactly("1 false", "2 true");
  }

  @Test
  void aDetachedStep_hasItsHomeStill() throws Exception {
    LoopScheduler one =
        loops.make(
            "detached",
            builder ->
                builder
                    .loops(1)
                    .watchdog(
                        w ->
                            w.warnAfter(Duration.ofMillis(50))
                                .takeoverAfter(Duration.ofMillis(100))));
    LoopConnectionFactory connections = LoopConnectionFactory.shared(one, driver).build();
    CountDownLatch gate = new CountDownLatch(1);
    AtomicReference<String> told = new AtomicReference<>("");
    one.spawn(
        Task.run(
            () -> {
              Blockers.pass(gate);
              connections
                  .create()
                  .flatMap(connection -> Mono.from(connection.beginTransaction()))
                  .subscribe(v -> {}, e -> {}, () -> told.set(here()));
            }));
    Loops.await(() -> one.stats().takeovers() > 0);
    gate.countDown();

    Loops.await(() -> !told.get().isEmpty());
    assertThat(told.get()).startsWith("detached-1");
  }

  @Test
  void whenTheLoopHasEnded_theCallerIsTold() throws Exception {
    LoopScheduler short1 = loops.make("short");
    driver.hold("begin");
    Connection connection = acquire();
    AtomicReference<Throwable> error = new AtomicReference<>();
    short1
        .spawn(
            Task.run(() -> Mono.from(connection.beginTransaction()).subscribe(v -> {}, error::set)))
        .block(Loops.PATIENCE);
    Loops.await(() -> driver.connections.get(0).callNames().contains("begin"));
    short1.close();

    driver.connections.get(0).last("begin").complete();

    assertThat(error.get())
        .isInstanceOf(RejectedExecutionException.class)
        .hasMessageContaining("ended before a result of the database came home to it");
    Caller.close(connection);
  }

  @Test
  void whatHasComeHome_isNotKeptByWhatComesNext() throws Exception {
    driver.hold("commit");
    List<WeakReference<Object>> past = new CopyOnWriteArrayList<>();
    AtomicReference<Disposable> last = new AtomicReference<>();
    scheduler
        .spawn(
            Task.run(
                () ->
                    last.set(
                        factory
                            .create()
                            .flatMap(
                                connection ->
                                    Mono.from(connection.validate(ValidationDepth.REMOTE))
                                        .doOnNext(
                                            answer ->
                                                past.add(
                                                    new WeakReference<>(LoopThread.currentTask())))
                                        .repeat(2)
                                        .then(Mono.from(connection.commitTransaction())))
                            .subscribe())))
        .block(Loops.PATIENCE);
    Loops.await(() -> past.size() == 3);

    driver.connections.get(0).calls.clear(); // which keep their subscribers

    Loops.awaitCollected(past.subList(0, 2));

    last.get().dispose();
  }
}
