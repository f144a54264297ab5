/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.demo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Speaks HTTP with a server of this machine, as a well-behaved program does. */
final class RoomsClient {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(LIMIT).build();
  private final String base;

  RoomsClient(int port) {
    this.base = "http://127.0.0.1:" + port;
  }

  static JsonNode json(HttpResponse<String> response) {
    return json(response.body());
  }

  static JsonNode json(String text) {
    try {
      return MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(text, e);
    }
  }

  static String message(String author, String text) {
    return MAPPER.createObjectNode().put("author", author).put("text", text).toString();
  }

  HttpResponse<String> get(String path) {
    return send(request(path).GET());
  }

  HttpResponse<String> post(String path, String json) {
    return send(posting(path, json));
  }

  HttpResponse<String> post(String path, String json, String idempotencyKey) {
    return send(posting(path, json).header("Idempotency-Key", idempotencyKey));
  }

  CompletableFuture<HttpResponse<String>> postLater(String path, String json) {
    return http.sendAsync(posting(path, json).build(), BodyHandlers.ofString());
  }

  CompletableFuture<HttpResponse<String>> postLater(
      String path, String json, String idempotencyKey) {
    return http.sendAsync(
        posting(path, json).header("Idempotency-Key", idempotencyKey).build(),
        BodyHandlers.ofString());
  }

  CompletableFuture<HttpResponse<String>> getLater(String path) {
    return http.sendAsync(request(path).GET().build(), BodyHandlers.ofString());
  }

  HttpRequest.Builder posting(String path, String json) {
    return request(path)
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofString(json));
  }

  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(base + path)).timeout(LIMIT);
  }

  HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return http.send(request.build(), BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  void createRoom(String name) {
    HttpResponse<String> response =
        post("/rooms", MAPPER.valueToTree(Map.of("name", name)).toString());
    if (response.statusCode() != 201) {
      throw new IllegalStateException(response.body());
    }
  }

  /** Follows {@code next} from a page to the last one. */
  List<JsonNode> all(String firstPage, String what) {
    List<JsonNode> items = new ArrayList<>();
    String page = firstPage;
    while (page != null) {
      JsonNode body = json(get(page));
      body.path(what).forEach(items::add);
      page = body.hasNonNull("next") ? body.get("next").asText() : null;
    }
    return items;
  }

  List<String> texts(String room) {
    return all("/rooms/" + room + "/messages?limit=200", "messages").stream()
        .map(message -> message.get("text").asText())
        .toList();
  }
}
