/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.demo;

import dev.picot.LoopScheduler;
import dev.picot.Task;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The service {@code control}: tells how the application is, also when {@code rooms} is full or
 * stuck.
 */
final class Control {
  private static final Set<String> PATHS = Set.of("/", "/health", "/threads");
  private static final Duration HEALTH_LIMIT = Duration.ofSeconds(2);

  private record Index(String rooms, String health, String threads) {}

  private record Health(String status, String database) {}

  private final MessageStore store;
  private final List<LoopScheduler> schedulers;

  /**
   * Makes the service.
   *
   * @param store what has to work for the application to work
   * @param schedulers whose callback threads to show
   */
  Control(MessageStore store, List<LoopScheduler> schedulers) {
    this.store = store;
    this.schedulers = List.copyOf(schedulers);
  }

  /**
   * {@return whether a request belongs to this service}
   *
   * @param request the request
   */
  static boolean owns(Request request) {
    String path = request.rawPath();
    boolean slash = path.length() > 1 && path.endsWith("/");
    return PATHS.contains(slash ? path.substring(0, path.length() - 1) : path);
  }

  /** {@return the routes of this service} */
  Routes routes() {
    return new Routes()
        .route("/", Map.of("GET", (request, target) -> Task.value(index())))
        .route("/health", Map.of("GET", (request, target) -> health()))
        .route("/threads", Map.of("GET", (request, target) -> threads(request)));
  }

  private static Response index() {
    return Response.json(200, new Index("/rooms", "/health", "/threads"));
  }

  private Task<Response> health() {
    return store
        .roomCount()
        .timeout(HEALTH_LIMIT)
        .map(rooms -> Response.json(200, new Health("UP", "UP")))
        .onErrorResume(error -> Task.value(Response.json(503, new Health("DOWN", "DOWN"))));
  }

  /** A dump waits for busy loops. */
  private Task<Response> threads(Request request) {
    boolean json = request.accept() != null && request.accept().contains("application/json");
    return Task.blocking(() -> json ? threadsAsJson() : threadsAsText());
  }

  private Response threadsAsText() {
    return Response.text(
        schedulers.stream()
            .map(scheduler -> scheduler.inspect().dump())
            .collect(Collectors.joining("\n")));
  }

  private Response threadsAsJson() {
    String dumps =
        schedulers.stream()
            .map(scheduler -> scheduler.inspect().dumpJson())
            .collect(Collectors.joining(",", "{\"schedulers\":[", "]}"));
    return new Response(200, "application/json", Map.of(), dumps);
  }
}
