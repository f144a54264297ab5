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
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** More requests than there is room for. */
@Timeout(60)
class OverloadIT {
  private static Settings settings(
      String name, int maxCallbackThreads, int elasticQueue, Duration limit) {
    return new Settings(
        "127.0.0.1",
        0,
        DatabaseUrl.parse("r2dbc:h2:mem:///" + name),
        1,
        maxCallbackThreads,
        1,
        elasticQueue,
        32 * 1024,
        limit,
        Duration.ofSeconds(20),
        Placement.ISOLATED);
  }

  private static void awaitThread(RoomsClient client, String name) {
    Waiting.until(name, client, () -> client.get("/threads").body().contains(name));
  }

  private static void awaitCall(RoomsClient client, String name) {
    Waiting.until(
        name,
        client,
        () ->
            client
                .get("/threads")
                .body()
                .lines()
                .anyMatch(line -> line.contains(name) && line.contains("waits for blocking call")));
  }

  private static void assertRefused(HttpResponse<String> response) {
    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.headers().firstValueAsLong("retry-after")).hasValue(1);
    assertThat(response.headers().firstValue("content-type")).hasValue("application/problem+json");
    assertThat(json(response).get("detail").asText()).contains("nothing of it was done");
  }

  @Test
  void refusesRequestsOverTheLimitAndAnswersTheOthers() throws Exception {
    Settings settings = settings("admission", 1, 10, Duration.ofSeconds(30));
    try (RoomsServer server = RoomsServer.start(settings)) {
      RoomsClient client = new RoomsClient(server.port());
      CompletableFuture<HttpResponse<String>> held;
      try (Held lock = Held.room(settings.database(), "held")) {
        held = client.postLater("/rooms", "{\"name\":\"held\"}");
        awaitThread(client, "POST /rooms");

        assertRefused(client.get("/rooms"));
        assertRefused(client.post("/rooms/java/messages", message("A", "refused")));
        lock.release();
      }

      assertThat(held.join().statusCode()).isEqualTo(201);
      assertThat(client.texts("java")).doesNotContain("refused");
    }
  }

  @Test
  void refusesRequestsThatWouldOverfillTheElasticPool() throws Exception {
    Settings settings = settings("elastic", 100, 1, Duration.ofSeconds(30));
    try (RoomsServer server = RoomsServer.start(settings)) {
      RoomsClient client = new RoomsClient(server.port());
      CompletableFuture<HttpResponse<String>> held;
      CompletableFuture<HttpResponse<String>> queued;
      try (Held lock = Held.room(settings.database(), "held")) {
        held = client.postLater("/rooms", "{\"name\":\"held\"}");
        awaitCall(client, "POST /rooms");
        queued = client.getLater("/rooms/java/report");
        awaitCall(client, "GET /rooms/java/report");

        assertRefused(client.post("/rooms/java/messages", message("A", "refused")));
        assertRefused(client.get("/rooms/java/report"));
        lock.release();
      }

      assertThat(held.join().statusCode()).isEqualTo(201);
      assertThat(queued.join().statusCode()).isEqualTo(200);
      assertThat(client.texts("java")).doesNotContain("refused");
    }
  }

  @Test
  void givesAReaderUpThatTakesTooLongButNeverAWriter() throws Exception {
    Settings settings = settings("slow", 100, 10, Duration.ofMillis(300));
    try (RoomsServer server = RoomsServer.start(settings)) {
      RoomsClient client = new RoomsClient(server.port());
      CompletableFuture<HttpResponse<String>> written;
      try (Held lock = Held.room(settings.database(), "held")) {
        written = client.postLater("/rooms", "{\"name\":\"held\"}");
        awaitThread(client, "POST /rooms");

        HttpResponse<String> list = client.get("/rooms");
        HttpResponse<String> report = client.get("/rooms/java/report");

        assertThat(list.statusCode()).isEqualTo(504);
        assertThat(report.statusCode()).isEqualTo(504);
        assertThat(json(report).get("detail").asText()).contains("took too long");
        lock.release();
      }

      assertThat(written.join().statusCode()).isEqualTo(201);
    }
  }

  @Test
  void tellsHowItIsWhenTheServiceIsFull() throws Exception {
    Settings settings = settings("full", 1, 1, Duration.ofSeconds(30));
    try (RoomsServer server = RoomsServer.start(settings)) {
      RoomsClient client = new RoomsClient(server.port());
      try (Held lock = Held.room(settings.database(), "held")) {
        CompletableFuture<HttpResponse<String>> held =
            client.postLater("/rooms", "{\"name\":\"held\"}");
        awaitThread(client, "POST /rooms");

        assertThat(client.get("/rooms").statusCode()).isEqualTo(503);
        assertThat(client.get("/health").statusCode()).isEqualTo(200);
        assertThat(client.get("/threads").statusCode()).isEqualTo(200);
        assertThat(held).isNotDone();
        lock.release();
      }
    }
  }
}
