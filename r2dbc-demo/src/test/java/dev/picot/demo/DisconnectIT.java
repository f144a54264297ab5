/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.demo;

import static dev.picot.demo.RoomsClient.json;
import static dev.picot.demo.RoomsClient.message;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clients that go away: nothing is lost and nothing is stored twice. */
@Timeout(60)
class DisconnectIT {
  private Settings settings;
  private RoomsServer server;
  private RoomsClient client;

  @BeforeEach
  void start(@TempDir Path directory) {
    settings =
        Settings.of(
            "127.0.0.1", 0, DatabaseUrl.parse("r2dbc:h2:file:///" + directory.resolve("rooms")), 2);
    restart();
    client.createRoom("away");
  }

  private void restart() {
    server = RoomsServer.start(settings);
    client = new RoomsClient(server.port());
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private static String post(String key, String body, int contentLength) {
    return """
        POST /rooms/away/messages HTTP/1.1\r
        Host: test\r
        Content-Type: application/json\r
        Content-Length: %d\r
        Idempotency-Key: %s\r
        \r
        %s"""
        .formatted(contentLength, key, body);
  }

  private static String post(String key, String text) {
    String body = message("A", text);
    return post(key, body, body.getBytes(StandardCharsets.UTF_8).length);
  }

  private void awaitPost() {
    Waiting.until(
        "a callback thread that writes",
        client,
        () -> client.get("/threads").body().contains("POST /rooms/away/messages"));
  }

  /** Each I/O loop gets something to do, after what it has to do already. */
  private void passThroughAllIoLoops() throws Exception {
    for (int i = 0; i < 4 * Runtime.getRuntime().availableProcessors(); i++) {
      try (RawConnection connection = new RawConnection(server.port())) {
        connection.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n").read();
      }
    }
  }

  @Test
  void finishesAWriteThatHasBegunAndKnowsItsRepetition() throws Exception {
    try (Held lock = Held.message(settings.database(), "away", "key")) {
      RawConnection connection = new RawConnection(server.port());
      connection.send(post("key", "hello"));
      awaitPost();
      connection.reset();
      passThroughAllIoLoops();
      lock.release();
    }

    Waiting.until("the message", client, () -> client.texts("away").size() == 1);
    HttpResponse<String> again = client.post("/rooms/away/messages", message("A", "hello"), "key");

    assertThat(again.statusCode()).isEqualTo(200);
    assertThat(client.texts("away")).containsExactly("hello");
  }

  @Test
  void answersARepetitionThatOvertakesTheWrite() throws Exception {
    CompletableFuture<HttpResponse<String>> again;
    try (Held lock = Held.message(settings.database(), "away", "key")) {
      RawConnection connection = new RawConnection(server.port());
      connection.send(post("key", "hello"));
      awaitPost();
      connection.reset();
      again = client.postLater("/rooms/away/messages", message("A", "hello"), "key");
      passThroughAllIoLoops();
      lock.release();
    }

    assertThat(again.join().statusCode()).isIn(200, 201);
    assertThat(json(again.join()).get("text").asText()).isEqualTo("hello");
    assertThat(client.texts("away")).containsExactly("hello");
  }

  @Test
  void storesNothingOfHalfARequest() throws Exception {
    RawConnection connection = new RawConnection(server.port());
    connection.send(post("key", "{\"author\":\"A\",", 100));
    passThroughAllIoLoops();
    connection.reset();
    passThroughAllIoLoops();

    assertThat(client.texts("away")).isEmpty();
    assertThat(client.post("/rooms/away/messages", message("A", "whole"), "key").statusCode())
        .isEqualTo(201);
  }

  @Test
  void storesEachMessageOnceHoweverOftenClientsGoAwayAndComeBack() throws Exception {
    Random random = new Random(42);
    List<String> texts = IntStream.range(0, 200).mapToObj(i -> "m" + i).toList();
    for (String text : texts) {
      String request = post("key-" + text, text);
      RawConnection connection = new RawConnection(server.port());
      int sent = random.nextInt(4) == 0 ? random.nextInt(request.length()) : request.length();
      connection.send(request.substring(0, sent));
      if (random.nextBoolean()) {
        connection.reset();
      } else {
        connection.close();
      }
    }

    List<CompletableFuture<HttpResponse<String>>> answers =
        texts.stream()
            .map(
                text -> client.postLater("/rooms/away/messages", message("A", text), "key-" + text))
            .toList();

    assertThat(answers).allSatisfy(answer -> assertThat(answer.join().statusCode()).isIn(200, 201));
    assertThat(client.texts("away")).containsExactlyInAnyOrderElementsOf(texts);
  }

  @Test
  void finishesRequestsInProgressWhenItCloses() throws Exception {
    CompletableFuture<HttpResponse<String>> written;
    CompletableFuture<Void> closed;
    int port = server.port();
    RawConnection idle = new RawConnection(port);
    idle.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n").read();
    try (Held lock = Held.message(settings.database(), "away", "key")) {
      written = client.postLater("/rooms/away/messages", message("A", "last"), "key");
      awaitPost();
      closed = CompletableFuture.runAsync(server::close, task -> new Thread(task).start());
      assertThat(idle.isClosedByServer()).isTrue();
      assertThat(written).isNotDone();
      lock.release();
    }

    assertThat(written.join().statusCode()).isEqualTo(201);
    assertThat(written.join().headers().firstValue("connection")).hasValue("close");
    closed.join();
    restart();
    assertThat(client.texts("away")).containsExactly("last");
  }

  @Test
  void finishesTheWriteOfALostClientWhenItCloses() throws Exception {
    CompletableFuture<Void> closed;
    try (Held lock = Held.message(settings.database(), "away", "key")) {
      RawConnection connection = new RawConnection(server.port());
      connection.send(post("key", "last words"));
      awaitPost();
      connection.reset();
      passThroughAllIoLoops();
      RawConnection idle = new RawConnection(server.port());
      idle.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n").read();
      closed = CompletableFuture.runAsync(server::close, task -> new Thread(task).start());
      assertThat(idle.isClosedByServer()).isTrue();
      assertThat(closed).isNotDone();
      lock.release();
    }

    closed.join();
    restart();
    assertThat(client.texts("away")).containsExactly("last words");
  }
}
