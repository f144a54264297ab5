/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.Task;
import dev.picot.junit.NoBlocking;
import java.time.Duration;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Requests under observation. */
@NoBlocking
class NoBlockingTestCases {
  private static void requests(
      String name, BiFunction<Request, Task<Response>, Task<Response>> between) throws Exception {
    try (RoomsParts parts = new RoomsParts(name, UnaryOperator.identity(), between)) {
      RoomsClient client = new RoomsClient(parts.port());
      client.createRoom("watched");
      String message = RoomsClient.message("A", "x");
      assertThat(client.post("/rooms/watched/messages", message, "key").statusCode())
          .isEqualTo(201);
      assertThat(client.post("/rooms/watched/messages", message, "key").statusCode())
          .isEqualTo(200);
      assertThat(client.texts("lobby")).hasSize(Seeder.MESSAGES_PER_ROOM);
      assertThat(client.get("/rooms/java/report").statusCode()).isEqualTo(200);
      assertThat(client.get("/rooms/nowhere/report").statusCode()).isEqualTo(404);
    }
  }

  @Test
  void asTheyAre() throws Exception {
    requests("clean", (request, answer) -> answer);
  }

  @Test
  void oneOfThemSleepingInAStep() throws Exception {
    Task<Void> nap = Task.run(() -> Blockers.sleep(Duration.ofMillis(5))).named("nap");
    requests(
        "sleeping",
        (request, answer) ->
            request.uri().endsWith("/java/report") ? nap.then(answer).named("reporting") : answer);
  }
}
