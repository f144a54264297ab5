/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower;

import static java.util.stream.Collectors.joining;

import io.netty.handler.codec.http.HttpHeaderNames;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/** A service that keeps all rules but one, on a table in memory. */
final class FakeServer implements AutoCloseable {
  private static final List<String> FORTUNES =
      List.of(
          "0Additional fortune added at request time.",
          "1fortune: No such file or directory",
          "2A computer scientist is someone who fixes things that aren't broken.",
          "3After enough decimal places, nobody gives a damn.",
          "4A bad random number generator: 1, 1, 1, 1, 1, 4.33e+67, 1, 1, 1",
          "5A computer program does what you tell it to do, not what you want it to do.",
          "6Emacs is a nice operating system, but I prefer UNIX. — Tom Christaensen",
          "7Any program that runs right is obsolete.",
          "8A list is only as strong as its weakest link. — Donald Knuth",
          "9Feature: A bug with seniority.",
          "10Computers make very fast, very accurate mistakes.",
          "11<script>alert(\"This should not be displayed in a browser alert box.\");</script>",
          "12フレームワークのベンチマーク");

  private final Map<Integer, Integer> table = new ConcurrentHashMap<>();
  private final Wrong wrong;
  private final DisposableServer server;

  /** What is wrong with it, and with the answer to what. */
  enum Wrong {
    NOTHING(""),
    STATUS("/plaintext"),
    NO_SERVER("/plaintext"),
    NO_DATE("/plaintext"),
    OLD_DATE("/plaintext"),
    UNREADABLE_DATE("/plaintext"),
    NO_LENGTH("/plaintext"),
    BODY("/plaintext"),
    JSON_AS_TEXT("/json"),
    DB_NOT_OF_THE_TABLE("/db"),
    DB_AN_ARRAY("/db"),
    DB_ALWAYS_THE_SAME("/db"),
    DB_OUT_OF_RANGE("/db"),
    NOT_CLAMPED_BELOW("/queries"),
    NOT_CLAMPED_ABOVE("/queries"),
    QUERIES_NOT_OF_THE_TABLE("/queries"),
    NOT_ESCAPED("/fortunes"),
    NOT_SORTED("/fortunes"),
    NOTHING_ADDED("/fortunes"),
    LATIN("/fortunes"),
    NOT_WRITTEN("/updates"),
    WRITTEN_OTHERWISE("/updates"),
    WRITTEN_TOO_MUCH("/updates"),
    EVERYTHING_FOUND("/nothing");

    final String path;

    Wrong(String path) {
      this.path = path;
    }
  }

  FakeServer(Wrong wrong) {
    this.wrong = wrong;
    for (int id = 1; id <= 10_000; id++) {
      table.put(id, random());
    }
    server = HttpServer.create().host("127.0.0.1").port(0).handle(this::exchange).bindNow();
  }

  int port() {
    return server.port();
  }

  Map<Integer, Integer> table() {
    return Map.copyOf(table);
  }

  @Override
  public void close() {
    server.disposeNow();
  }

  private Publisher<Void> exchange(HttpServerRequest in, HttpServerResponse out) {
    String path = "/" + in.path();
    if (is(Wrong.STATUS)) {
      return out.status(500).send();
    }
    return switch (path) {
      case "/plaintext" -> send(out, "text/plain", is(Wrong.BODY) ? "Hello" : "Hello, World!");
      case "/json" ->
          send(
              out,
              is(Wrong.JSON_AS_TEXT) ? "text/plain" : "application/json",
              "{\"message\":\"Hello, World!\"}");
      case "/db" -> send(out, "application/json", is(Wrong.DB_AN_ARRAY) ? "[" + db() + "]" : db());
      case "/queries" -> send(out, "application/json", queries(count(in.uri())));
      case "/updates" -> send(out, "application/json", updates(count(in.uri())));
      case "/fortunes" ->
          send(out, is(Wrong.LATIN) ? "text/html" : "text/html;charset=utf-8", fortunes());
      default ->
          is(Wrong.EVERYTHING_FOUND) ? send(out, "text/plain", "something") : out.sendNotFound();
    };
  }

  private boolean is(Wrong what) {
    return wrong == what;
  }

  private Publisher<Void> send(HttpServerResponse out, String contentType, String body) {
    if (!is(Wrong.NO_SERVER)) {
      out.header(HttpHeaderNames.SERVER, "fake");
    }
    if (!is(Wrong.NO_DATE)) {
      Instant time = Instant.now().minusSeconds(is(Wrong.OLD_DATE) ? 60 : 0);
      out.header(
          HttpHeaderNames.DATE,
          is(Wrong.UNREADABLE_DATE)
              ? "today"
              : DateTimeFormatter.RFC_1123_DATE_TIME.format(time.atOffset(ZoneOffset.UTC)));
    }
    out.header(HttpHeaderNames.CONTENT_TYPE, contentType);
    return is(Wrong.NO_LENGTH)
        ? out.sendString(Flux.just(body, ""))
        : out.sendString(Mono.just(body));
  }

  private String db() {
    if (is(Wrong.DB_OUT_OF_RANGE)) {
      return world(10_001, 1);
    }
    int id = is(Wrong.DB_ALWAYS_THE_SAME) ? 7 : random();
    return world(id, is(Wrong.DB_NOT_OF_THE_TABLE) ? other(table.get(id)) : table.get(id));
  }

  private String queries(int count) {
    List<String> worlds = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int id = random();
      int number = table.get(id);
      worlds.add(world(id, is(Wrong.QUERIES_NOT_OF_THE_TABLE) ? other(number) : number));
    }
    return worlds.toString().replace(" ", "");
  }

  private String updates(int count) {
    List<String> worlds = new ArrayList<>();
    for (int id = 1; id <= count; id++) {
      int number = other(table.get(id));
      worlds.add(world(id, number));
      if (!is(Wrong.NOT_WRITTEN)) {
        table.put(id, is(Wrong.WRITTEN_OTHERWISE) ? other(number) : number);
      }
    }
    if (is(Wrong.WRITTEN_TOO_MUCH)) {
      table.compute(10_000, (id, number) -> other(number));
    }
    return worlds.toString().replace(" ", "");
  }

  private String fortunes() {
    return FORTUNES.stream()
        .filter(fortune -> !is(Wrong.NOTHING_ADDED) || !fortune.startsWith("0"))
        .sorted(
            is(Wrong.NOT_SORTED)
                ? Comparator.naturalOrder()
                : Comparator.comparing(FakeServer::message))
        .map(this::row)
        .collect(
            joining(
                "",
                "<!DOCTYPE html><html><head><title>Fortunes</title></head><body><table>"
                    + "<tr><th>id</th><th>message</th></tr>",
                "</table></body></html>"));
  }

  private String row(String fortune) {
    String message = message(fortune);
    String id = fortune.substring(0, fortune.length() - message.length());
    String text =
        is(Wrong.NOT_ESCAPED)
            ? message
            : message
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    return "<tr><td>" + id + "</td><td>" + text + "</td></tr>";
  }

  private static String message(String fortune) {
    return fortune.replaceFirst("^\\d+", "");
  }

  private int count(String target) {
    String text = target.replaceFirst(".*=", "");
    int count = text.matches("-?\\d+") ? Integer.parseInt(text) : 1;
    int least = is(Wrong.NOT_CLAMPED_BELOW) ? 0 : 1;
    int most = is(Wrong.NOT_CLAMPED_ABOVE) ? 1_000 : 500;
    return Math.max(least, Math.min(most, count));
  }

  private static String world(int id, int number) {
    return "{\"id\":%d,\"randomNumber\":%d}".formatted(id, number);
  }

  private static int random() {
    return ThreadLocalRandom.current().nextInt(1, 10_001);
  }

  private static int other(int number) {
    return number == 1 ? 2 : number - 1;
  }
}
