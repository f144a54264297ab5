/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Looks whether a server keeps the benchmark's rules, before anything is measured. */
final class Verifier {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final Duration OFF = Duration.ofSeconds(10);
  private static final int ROWS = 10_000;
  private static final int REPEATS = 20;
  private static final String JSON = "application/json";
  private static final Pattern WORLD =
      Pattern.compile("\\{\"id\":(\\d{1,5}),\"randomNumber\":(\\d{1,5})\\}");

  /** The parameter as it is sent, and how many rows are to come for it. */
  private static final Map<String, Integer> COUNTS =
      Map.of(
          "", 1,
          "?queries=", 1,
          "?queries=foo", 1,
          "?queries=0", 1,
          "?queries=-3", 1,
          "?queries=1", 1,
          "?queries=20", 20,
          "?queries=500", 500,
          "?queries=501", 500);

  /** As it has to look like, to the byte. */
  private static final String FORTUNES =
      "<!DOCTYPE html><html><head><title>Fortunes</title></head><body><table>"
          + "<tr><th>id</th><th>message</th></tr>"
          + "<tr><td>11</td><td>&lt;script&gt;alert(&quot;This should not be displayed in a browser"
          + " alert box.&quot;);&lt;/script&gt;</td></tr>"
          + "<tr><td>4</td><td>A bad random number generator: 1, 1, 1, 1, 1, 4.33e+67, 1, 1, 1</td>"
          + "</tr><tr><td>5</td><td>A computer program does what you tell it to do, not what you"
          + " want it to do.</td></tr>"
          + "<tr><td>2</td><td>A computer scientist is someone who fixes things that aren&#39;t"
          + " broken.</td></tr>"
          + "<tr><td>8</td><td>A list is only as strong as its weakest link. \u2014 Donald Knuth</td>"
          + "</tr><tr><td>0</td><td>Additional fortune added at request time.</td></tr>"
          + "<tr><td>3</td><td>After enough decimal places, nobody gives a damn.</td></tr>"
          + "<tr><td>7</td><td>Any program that runs right is obsolete.</td></tr>"
          + "<tr><td>10</td><td>Computers make very fast, very accurate mistakes.</td></tr>"
          + "<tr><td>6</td><td>Emacs is a nice operating system, but I prefer UNIX. \u2014 Tom"
          + " Christaensen</td></tr>"
          + "<tr><td>9</td><td>Feature: A bug with seniority.</td></tr>"
          + "<tr><td>1</td><td>fortune: No such file or directory</td></tr>"
          + "<tr><td>12</td><td>フレームワークのベンチマーク</td></tr>"
          + "</table></body></html>";

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(LIMIT).build();
  private final URI server;
  private final Supplier<Map<Integer, Integer>> table;

  /**
   * Makes it.
   *
   * @param server where it listens
   * @param table the numbers of all rows by their ids, as they are in the database
   */
  Verifier(URI server, Supplier<Map<Integer, Integer>> table) {
    this.server = server;
    this.table = table;
  }

  /**
   * Asks for everything.
   *
   * @throws IllegalStateException if an answer is wrong, and why
   */
  void verify() throws IOException, InterruptedException {
    equal("/plaintext", "text/plain", "Hello, World!");
    equal("/json", JSON, "{\"message\":\"Hello, World!\"}");
    equal("/fortunes", "text/html; charset=utf-8", FORTUNES);
    worldsDiffer();
    for (Map.Entry<String, Integer> count : COUNTS.entrySet()) {
      String queries = "/queries" + count.getKey();
      ofTheTable(queries, get(queries, JSON), count.getValue());
      rowsAreUpdated("/updates" + count.getKey(), count.getValue());
    }
    if (send("/nothing").statusCode() != 404) {
      throw wrong("/nothing", "is not refused with 404", send("/nothing").body());
    }
  }

  private void worldsDiffer() throws IOException, InterruptedException {
    Set<String> bodies = new HashSet<>();
    for (int i = 0; i < REPEATS; i++) {
      String body = get("/db", JSON);
      ofTheTable("/db", "[" + body + "]", 1);
      bodies.add(body);
    }
    if (bodies.size() < REPEATS / 2) {
      throw wrong("/db", "is hardly random", String.join(" ", bodies));
    }
  }

  private void ofTheTable(String target, String body, int count) {
    Map<Integer, Integer> rows = table.get();
    worlds(target, body, count)
        .forEach(
            (id, number) -> {
              if (!number.equals(rows.get(id))) {
                throw wrong(target, "is not what the table has", body);
              }
            });
  }

  private void rowsAreUpdated(String target, int count) throws IOException, InterruptedException {
    Map<Integer, Integer> before = table.get();
    String body = get(target, JSON);
    Map<Integer, Integer> changed = new HashMap<>(table.get());
    changed.entrySet().removeIf(row -> row.getValue().equals(before.get(row.getKey())));
    Map<Integer, Integer> worlds = worlds(target, body, count);
    if (worlds.size() != count || !worlds.equals(changed)) {
      throw wrong(target, "is not what has changed in the table: " + changed, body);
    }
  }

  private static Map<Integer, Integer> worlds(String target, String body, int count) {
    Map<Integer, Integer> worlds = new HashMap<>();
    int found = 0;
    StringBuilder expected = new StringBuilder("[");
    for (Matcher world = WORLD.matcher(body); world.find(); found++) {
      int id = Integer.parseInt(world.group(1));
      int number = Integer.parseInt(world.group(2));
      if (id < 1 || id > ROWS || number < 1 || number > ROWS) {
        throw wrong(target, "has numbers out of their range", body);
      }
      worlds.put(id, number);
      expected.append(found == 0 ? "" : ",").append(world.group());
    }
    if (found != count || !expected.append(']').toString().equals(body)) {
      throw wrong(target, "is no array of %d rows".formatted(count), body);
    }
    return worlds;
  }

  private void equal(String target, String contentType, String expected)
      throws IOException, InterruptedException {
    String body = get(target, contentType);
    if (!body.equals(expected)) {
      throw wrong(target, "is not\n" + expected, body);
    }
  }

  /** The body, after a look at the status and the headers. */
  private String get(String target, String contentType) throws IOException, InterruptedException {
    HttpResponse<String> response = send(target);
    if (response.statusCode() != 200) {
      throw wrong(target, "has status " + response.statusCode(), response.body());
    }
    String type = header(target, response, "Content-Type");
    if (!type.replace(" ", "").startsWith(contentType.replace(" ", ""))) {
      throw wrong(target, "has Content-Type " + type, response.body());
    }
    header(target, response, "Server");
    header(target, response, "Content-Length");
    String date = header(target, response, "Date");
    try {
      ZonedDateTime time = ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME);
      if (Duration.between(time, ZonedDateTime.now(time.getZone())).abs().compareTo(OFF) > 0) {
        throw wrong(target, "is of another time: " + date, response.body());
      }
    } catch (DateTimeException e) {
      throw wrong(target, "has no readable Date: " + date, response.body());
    }
    return response.body();
  }

  private HttpResponse<String> send(String target) throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(server.resolve(target)).timeout(LIMIT).build(),
        HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
  }

  private static String header(String target, HttpResponse<String> response, String name) {
    return response
        .headers()
        .firstValue(name)
        .filter(value -> !value.isBlank())
        .orElseThrow(() -> wrong(target, "has no " + name, response.body()));
  }

  private static IllegalStateException wrong(String target, String what, String body) {
    return new IllegalStateException(
        "the answer to %s %s; it is: %s"
            .formatted(target, what, body.substring(0, Math.min(1_000, body.length()))));
  }
}
