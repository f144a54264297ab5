/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.CallbackThreads;
import dev.picot.CallbackThreads.PlatformThread;
import dev.picot.RefusedException;
import dev.picot.Task;
import dev.picot.service.ServiceRouter;
import dev.picot.stream.Mailbox;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The flow that the paper proposes for Phoenix: an acceptor hands each connection to a session
 * processor that is running; that starts one callback thread for each request; what blocks goes to
 * async threads that are running, and comes back. One set of session processors for each service.
 */
class PhoenixFlowTest {
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  /** One client: what it sends, and what it is sent. */
  record Connection(String service, Mailbox<String> requests, Mailbox<String> answers) {
    Connection(String service) {
      this(service, Mailbox.bounded(8), Mailbox.bounded(8));
    }
  }

  private final Mailbox<Connection> arriving = Mailbox.bounded(8);
  private final List<String> way = new CopyOnWriteArrayList<>();
  private final CountDownLatch shopDatabaseAnswers = new CountDownLatch(1);
  private final ServiceRouter services =
      ServiceRouter.builder()
          .service("acceptors", acceptors -> acceptors.loops(1))
          .service("shop", shop -> shop.loops(1).elastic(async -> async.maxThreads(1).maxQueued(1)))
          .service("kiosk", kiosk -> kiosk.loops(1).maxCallbackThreads(1))
          .service("blog", blog -> blog.loops(1).elastic(async -> async.maxThreads(1).maxQueued(8)))
          .build();

  // region flow
  /** 1: the acceptor sends each connection to the processors of its service, and waits again. */
  Task<Void> acceptor() {
    return arriving.forEach(
        connection ->
            Task.run(() -> services.scheduler(connection.service).spawn(session(connection)))
                .onErrorResume(e -> Task.run(() -> connection.answers.offer("503"))));
  }

  /** 2: the session processor starts one callback thread for each request. */
  Task<Void> session(Connection connection) {
    return connection.requests.forEach(
        request ->
            Task.fork(answer(request).flatMap(connection.answers::send))
                .then()
                .onErrorResume(RefusedException.class, full -> connection.answers.send("503")));
  }

  /** 3: an async thread asks the database; 4: its result comes back to the callback thread. */
  Task<String> answer(String request) {
    return Task.run(() -> note("begins"))
        .then(Task.blocking(() -> query(request)))
        .doOnSuccess(row -> note("goes on"))
        .map(row -> "200 " + row)
        .onErrorResume(RefusedException.class, full -> Task.value("503"))
        .onErrorResume(error -> Task.value("500 " + error.getMessage()));
  }

  // end region

  private void note(String what) {
    way.add(what + " on " + Thread.currentThread().getName());
  }

  private String query(String request) throws InterruptedException {
    note("queries");
    switch (request) {
      case "GET /broken" -> throw new IllegalStateException("no such table");
      case "GET /slow" -> shopDatabaseAnswers.await();
      default -> {}
    }
    return request.substring("GET /".length());
  }

  private Connection connect(String service) {
    Connection connection = new Connection(service);
    assertThat(arriving.offer(connection)).isTrue();
    return connection;
  }

  private static void send(Connection connection, String request) {
    assertThat(connection.requests.offer(request)).isTrue();
  }

  /** Waits, as the client, for the next answer. */
  private String answerTo(Connection connection) throws Exception {
    return services.control().spawn(connection.answers.receive()).block(DEADLINE);
  }

  private String ask(Connection connection, String request) throws Exception {
    send(connection, request);
    return answerTo(connection);
  }

  private List<PlatformThread> platformThreads() {
    return CallbackThreads.census().stream()
        .filter(thread -> thread.owner().matches("(acceptors|shop|kiosk|blog)(-\\d+)?"))
        .toList();
  }

  @BeforeEach
  void accept() {
    services.scheduler("acceptors").spawn("acceptor", acceptor());
  }

  @AfterEach
  void close() {
    shopDatabaseAnswers.countDown();
    services.closeNow();
  }

  @Test
  void aRequestTakesExactlyThisWay() throws Exception {
    assertThat(ask(connect("blog"), "GET /first")).isEqualTo("200 first");

    assertThat(way)
        .containsExactly("begins on blog-1", "queries on blog-elastic-1", "goes on on blog-1");
  }

  @Test
  void afterWarmUp_noThreadIsCreated() throws Exception {
    ask(connect("blog"), "GET /warm");
    ask(connect("shop"), "GET /warm");
    List<PlatformThread> before = platformThreads();

    for (int i = 0; i < 100; i++) {
      assertThat(ask(connect("blog"), "GET /" + i)).isEqualTo("200 " + i);
      assertThat(ask(connect("shop"), "GET /" + i)).isEqualTo("200 " + i);
    }

    assertThat(before).as("four loops, two async threads").hasSize(6);
    assertThat(platformThreads()).isEqualTo(before);
  }

  @Test
  void aRequestThatFails_leavesItsSessionAlone() throws Exception {
    Connection connection = connect("blog");

    assertThat(ask(connection, "GET /broken")).isEqualTo("500 no such table");
    assertThat(ask(connection, "GET /first")).isEqualTo("200 first");
  }

  @Test
  void aServiceThatIsFull_refusesRequestsAndConnections_andTheAcceptorGoesOn() throws Exception {
    Connection kiosk = connect("kiosk");

    assertThat(ask(kiosk, "GET /first")).isEqualTo("503");
    assertThat(answerTo(connect("kiosk"))).isEqualTo("503");
    assertThat(ask(connect("blog"), "GET /first")).isEqualTo("200 first");
  }

  @Test
  void aServiceWhoseDatabaseHangs_refuses_andTheOtherAnswers() throws Exception {
    Connection shop = connect("shop");
    send(shop, "GET /slow");
    send(shop, "GET /queued");

    assertThat(ask(shop, "GET /third")).isEqualTo("503");
    assertThat(ask(connect("blog"), "GET /first")).isEqualTo("200 first");

    shopDatabaseAnswers.countDown();
    assertThat(answerTo(shop)).isEqualTo("200 slow");
    assertThat(answerTo(shop)).isEqualTo("200 queued");
  }
}
