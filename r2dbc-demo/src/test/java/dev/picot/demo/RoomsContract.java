/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.demo;

import static dev.picot.demo.RoomsClient.json;
import static dev.picot.demo.RoomsClient.message;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What Rooms does over HTTP, on whatever database. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class RoomsContract {
  private RoomsServer server;
  private RoomsClient client;

  /** Where the rooms are kept; asked once, empty at first. */
  abstract DatabaseUrl database() throws Exception;

  /** Which loops serve the connections. */
  Placement placement() {
    return Placement.ISOLATED;
  }

  /** Called when nobody uses the database any more. */
  void stopDatabase() throws Exception {}

  @BeforeAll
  void start() throws Exception {
    server = RoomsServer.start(Settings.of("127.0.0.1", 0, database(), 2).with(placement()));
    client = new RoomsClient(server.port());
  }

  @AfterAll
  void stop() throws Exception {
    server.close();
    stopDatabase();
  }

  private static void assertProblem(HttpResponse<String> response, int status, String detail) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(response.headers().firstValue("content-type")).hasValue("application/problem+json");
    JsonNode problem = json(response);
    assertThat(problem.get("type").asText()).isEqualTo("about:blank");
    assertThat(problem.get("status").asInt()).isEqualTo(status);
    assertThat(problem.get("title").asText()).isNotBlank();
    assertThat(problem.get("detail").asText()).contains(detail);
    assertThat(problem.get("instance").asText()).startsWith("/");
  }

  @Test
  void servesItsConnectionsWhereItWasToldTo() {
    client.get("/");

    assertThat(Thread.getAllStackTraces().keySet().stream().map(Thread::getName))
        .anyMatch(name -> name.startsWith("rooms-1"))
        .matches(
            names ->
                names.stream().anyMatch(name -> name.startsWith("rooms-io-"))
                    == (placement() == Placement.ISOLATED));
  }

  @Test
  void showsWhereToBegin() {
    HttpResponse<String> response = client.get("/");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(json(response).get("rooms").asText()).isEqualTo("/rooms");
  }

  @Test
  void seedsANewDatabaseWithAFewThousandMessages() {
    List<JsonNode> messages = client.all("/rooms/lobby/messages?limit=200", "messages");

    assertThat(messages).hasSize(Seeder.MESSAGES_PER_ROOM);
    assertThat(messages.size() * Talk.SUBJECTS.size()).isGreaterThan(3_000);
    assertThat(messages)
        .extracting(message -> message.get("id").asLong())
        .isSortedAccordingTo(Comparator.reverseOrder())
        .doesNotHaveDuplicates();
    assertThat(messages)
        .extracting(message -> message.get("postedAt").asText())
        .isSortedAccordingTo(Comparator.reverseOrder());
  }

  @Test
  void listsRoomsPageByPage() {
    List<JsonNode> rooms = client.all("/rooms?limit=2", "rooms");

    assertThat(rooms)
        .extracting(room -> room.get("name").asText())
        .doesNotHaveDuplicates()
        .containsAll(Talk.SUBJECTS.keySet());
    assertThat(rooms)
        .allSatisfy(
            room -> {
              HttpResponse<String> messages = client.get(room.get("messages").asText());
              assertThat(messages.statusCode()).isEqualTo(200);
            });
  }

  @Test
  void createsARoom() {
    HttpResponse<String> created = client.post("/rooms", "{\"name\":\"quiet room\"}");

    assertThat(created.statusCode()).isEqualTo(201);
    assertThat(json(created).get("name").asText()).isEqualTo("quiet room");
    String location = created.headers().firstValue("location").orElseThrow();
    assertThat(location).isEqualTo("/rooms/quiet%20room/messages");
    assertThat(json(client.get(location)).get("messages")).isEmpty();
  }

  @Test
  void refusesARoomThatIsThere() {
    client.createRoom("once");

    assertProblem(client.post("/rooms", "{\"name\":\"once\"}"), 409, "'once'");
    assertProblem(client.post("/rooms", "{\"name\":\"cafe\u0301\"}"), 409, "'café'");
  }

  @Test
  void createsARoomOnceForManyAtTheSameTime() {
    List<CompletableFuture<HttpResponse<String>>> answers =
        IntStream.range(0, 20)
            .mapToObj(i -> client.postLater("/rooms", "{\"name\":\"contended\"}"))
            .toList();

    assertThat(answers.stream().map(answer -> answer.join().statusCode()))
        .containsOnly(201, 409)
        .containsOnlyOnce(201);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "-a",
        "a/b",
        "a\\u0000",
        "\\ud800",
        "a123456789b123456789c123456789d123456789e"
      })
  void refusesNamesAgainstTheRule(String name) {
    assertProblem(
        client.post("/rooms", "{\"name\":\"" + name + "\"}"), 422, "(expected: " + Room.NAME_RULE);
  }

  @Test
  void showsTheNewestMessagesFirst() {
    client.createRoom("order");
    for (int i = 1; i <= 60; i++) {
      client.post("/rooms/order/messages", message("A", "m" + i));
    }

    JsonNode page = json(client.get("/rooms/order/messages"));
    JsonNode rest = json(client.get(page.get("next").asText()));

    assertThat(page.get("messages")).hasSize(50);
    assertThat(page.get("messages").get(0).get("text").asText()).isEqualTo("m60");
    assertThat(rest.get("messages")).hasSize(10);
    assertThat(rest.get("messages").get(9).get("text").asText()).isEqualTo("m1");
    assertThat(rest.has("next")).isFalse();
  }

  @Test
  void linksTheNextPageInAHeader() {
    HttpResponse<String> page = client.get("/rooms/caf%C3%A9/messages?limit=3");

    assertThat(page.headers().firstValue("link"))
        .hasValue("<%s>; rel=\"next\"".formatted(json(page).get("next").asText()));
  }

  @Test
  void pagesThroughAHundredConcurrentPostsExactlyOnce() {
    client.createRoom("busy");
    List<CompletableFuture<HttpResponse<String>>> answers =
        IntStream.range(0, 100)
            .mapToObj(i -> client.postLater("/rooms/busy/messages", message("A", "m" + i)))
            .toList();

    assertThat(answers).allSatisfy(answer -> assertThat(answer.join().statusCode()).isEqualTo(201));
    assertThat(client.all("/rooms/busy/messages?limit=7", "messages"))
        .extracting(message -> message.get("text").asText())
        .containsExactlyInAnyOrderElementsOf(
            IntStream.range(0, 100).mapToObj(i -> "m" + i).toList());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/rooms?limit=0",
        "/rooms?limit=201",
        "/rooms?limit=ten",
        "/rooms?after=%00",
        "/rooms?after=",
        "/rooms/lobby/messages?limit=-1",
        "/rooms/lobby/messages?before=0",
        "/rooms/lobby/messages?before=9223372036854775808",
        "/rooms/lobby/messages?before=",
        "/rooms/lobby/messages?limit=1&limit=1"
      })
  void refusesBadQueryValues(String path) {
    HttpResponse<String> response = client.get(path);

    assertThat(response.statusCode()).isEqualTo(400);
    assertProblem(response, 400, "");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/rooms/nowhere/messages",
        "/rooms/nowhere/report",
        "/rooms/%00/messages",
        "/rooms/%20/report",
        "/rooms//messages",
        "/rooms/lobby%2Fmessages/messages"
      })
  void knowsNoSuchRoom(String path) {
    assertProblem(client.get(path), 404, "There is no room");
  }

  @Test
  void storesNothingInARoomThatIsNotThere() {
    assertProblem(
        client.post("/rooms/nowhere/messages", message("A", "hello")), 404, "no room 'nowhere'");
    assertProblem(
        client.post("/rooms/nowhere/messages", message("A", "hello"), "key"), 404, "'nowhere'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/nothing", "/rooms/lobby", "/rooms/lobby/messages/1", "/health/x"})
  void knowsNoSuchPath(String path) {
    assertProblem(client.get(path), 404, "nothing at this path");
  }

  @ParameterizedTest
  @CsvSource({
    "DELETE, /rooms, 'GET, HEAD, POST'",
    "PUT, /rooms/lobby/messages, 'GET, HEAD, POST'",
    "POST, /rooms/lobby/report, 'GET, HEAD'",
    "PATCH, /health, 'GET, HEAD'",
    "OPTIONS, /, 'GET, HEAD'"
  })
  void saysWhichMethodsThereAre(String method, String path, String allowed) {
    HttpResponse<String> response =
        client.send(client.request(path).method(method, BodyPublishers.noBody()));

    assertProblem(response, 405, method);
    assertThat(response.headers().firstValue("allow")).hasValue(allowed);
  }

  @Test
  void answersHeadAsGetWithoutTheBody() {
    HttpResponse<String> head =
        client.send(client.request("/rooms/java/report").method("HEAD", BodyPublishers.noBody()));
    HttpResponse<String> get = client.get("/rooms/java/report");

    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(head.body()).isEmpty();
    assertThat(head.headers().firstValueAsLong("content-length"))
        .hasValue(get.body().getBytes(StandardCharsets.UTF_8).length);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "{\"author\":\"A\",\"text\":1}", "[]", "null", "{\"who\":1}"})
  void refusesABodyThatIsNotAMessage(String body) {
    assertProblem(client.post("/rooms/lobby/messages", body), 400, "body");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"author\":\"A\"}",
        "{\"text\":\"hello\"}",
        "{\"author\":\" \",\"text\":\"hello\"}",
        "{\"author\":\"A\",\"text\":\"\"}",
        "{\"author\":\"A\",\"text\":\"\\u0000\"}",
        "{\"author\":\"A\",\"text\":\"\\ud800\"}"
      })
  void refusesMessagesAgainstTheRules(String body) {
    assertProblem(client.post("/rooms/lobby/messages", body), 422, "(expected: ");
  }

  @Test
  void limitsTheLengthOfMessagesInCharacters() {
    client.createRoom("long");
    String longest = "😀".repeat(Rooms.MAX_TEXT_LENGTH);
    String author = "é".repeat(Rooms.MAX_AUTHOR_LENGTH);

    assertThat(client.post("/rooms/long/messages", message(author, longest)).statusCode())
        .isEqualTo(201);
    assertThat(client.texts("long")).containsExactly(longest);
    assertProblem(
        client.post("/rooms/long/messages", message(author, longest + "x")),
        422,
        "text: 2001 characters (expected: 1 to 2000 characters)");
    assertProblem(
        client.post("/rooms/long/messages", message(author + "x", "x")),
        422,
        "author: 81 characters (expected: 1 to 80 characters)");
  }

  @Test
  void refusesOtherContentTypes() {
    HttpResponse<String> response =
        client.send(
            client
                .request("/rooms")
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString("name=x")));

    assertProblem(response, 415, "application/x-www-form-urlencoded");
    assertThat(response.headers().firstValue("accept-post")).hasValue("application/json");
  }

  @Test
  void storesAMessageOnceForOneKey() {
    client.createRoom("keys");

    HttpResponse<String> first = client.post("/rooms/keys/messages", message("A", "x"), "k-1");
    HttpResponse<String> again = client.post("/rooms/keys/messages", message("A", "x"), "k-1");
    HttpResponse<String> other = client.post("/rooms/keys/messages", message("A", "x"), "k-2");
    HttpResponse<String> without = client.post("/rooms/keys/messages", message("A", "x"));

    assertThat(first.statusCode()).isEqualTo(201);
    assertThat(again.statusCode()).isEqualTo(200);
    assertThat(again.body()).isEqualTo(first.body());
    assertThat(again.headers().firstValue("location"))
        .isEqualTo(first.headers().firstValue("location"));
    assertThat(other.statusCode()).isEqualTo(201);
    assertThat(without.statusCode()).isEqualTo(201);
    assertThat(client.texts("keys")).hasSize(3);
  }

  @Test
  void leadsToANewMessageByItsLocation() {
    client.createRoom("located");
    client.post("/rooms/located/messages", message("A", "before"));
    HttpResponse<String> posted = client.post("/rooms/located/messages", message("A", "this"));
    client.post("/rooms/located/messages", message("A", "after"));

    JsonNode page = json(client.get(posted.headers().firstValue("location").orElseThrow()));

    assertThat(page.get("messages")).containsExactly(json(posted));
  }

  @Test
  void refusesAKeyForAnotherMessage() {
    client.createRoom("mixed");
    client.createRoom("mixed2");
    client.post("/rooms/mixed/messages", message("A", "x"), "k");

    assertProblem(
        client.post("/rooms/mixed/messages", message("A", "y"), "k"), 422, "Idempotency-Key");
    assertThat(client.post("/rooms/mixed2/messages", message("A", "y"), "k").statusCode())
        .isEqualTo(201);
    assertThat(client.texts("mixed")).containsExactly("x");
  }

  @Test
  void refusesAKeyThatIsNone() {
    assertProblem(
        client.post("/rooms/lobby/messages", message("A", "x"), "k".repeat(201)),
        400,
        "Idempotency-Key: ");
  }

  @Test
  void storesAMessageOnceForManyAtTheSameTime() {
    client.createRoom("race");
    List<CompletableFuture<HttpResponse<String>>> answers =
        IntStream.range(0, 20)
            .mapToObj(i -> client.postLater("/rooms/race/messages", message("A", "x"), "one"))
            .toList();

    Set<String> bodies = new HashSet<>();
    List<Integer> statuses = new ArrayList<>();
    answers.forEach(
        answer -> {
          bodies.add(answer.join().body());
          statuses.add(answer.join().statusCode());
        });

    assertThat(bodies).hasSize(1);
    assertThat(statuses).containsOnly(200, 201).containsOnlyOnce(201);
    assertThat(client.texts("race")).containsExactly("x");
  }

  @Test
  void reportsWhatTheMessagesSay() {
    client.createRoom("counted");
    for (int i = 0; i < 12; i++) {
      client.post("/rooms/counted/messages", message(i % 3 == 0 ? "A" : "B", "x".repeat(i + 1)));
    }

    JsonNode report = json(client.get("/rooms/counted/report"));

    List<JsonNode> messages = client.all("/rooms/counted/messages", "messages");
    assertThat(report.get("room").asText()).isEqualTo("counted");
    assertThat(report.get("messages").asInt()).isEqualTo(12);
    assertThat(report.get("authors").asInt()).isEqualTo(2);
    assertThat(report.get("busiest").toString())
        .isEqualTo("[{\"author\":\"B\",\"messages\":8},{\"author\":\"A\",\"messages\":4}]");
    assertThat(report.get("longest").get("id")).isEqualTo(messages.get(0).get("id"));
    assertThat(report.get("longest").get("length").asInt()).isEqualTo(12);
    assertThat(report.get("last")).isEqualTo(messages.get(0).get("postedAt"));
    assertThat(report.get("first")).isEqualTo(messages.get(11).get("postedAt"));
    assertThat(report.get("days").get(0).get("messages").asInt()).isPositive();
  }

  @Test
  void reportsOnARoomWithoutMessages() {
    client.createRoom("empty");

    JsonNode report = json(client.get("/rooms/empty/report"));

    assertThat(report.get("messages").asInt()).isZero();
    assertThat(report.get("busiest")).isEmpty();
    assertThat(report.has("longest")).isFalse();
  }

  @Test
  void isHealthy() {
    HttpResponse<String> response = client.get("/health");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(json(response).get("status").asText()).isEqualTo("UP");
  }

  @Test
  void showsItsThreadsAsTextAndAsJson() {
    HttpResponse<String> text = client.get("/threads");
    HttpResponse<String> json =
        client.send(client.request("/threads").header("Accept", "application/json").GET());

    assertThat(text.headers().firstValue("content-type")).hasValue("text/plain; charset=utf-8");
    assertThat(text.body()).contains("rooms", "control", "GET /threads");
    assertThat(json.headers().firstValue("content-type")).hasValue("application/json");
    assertThat(json(json).toString()).contains("GET /threads");
  }

  @Test
  void servesOnWhenManyReadersHaveGoneAway() throws IOException {
    for (int i = 0; i < 300; i++) {
      RawConnection connection = new RawConnection(server.port());
      connection.send("GET /rooms/lobby/messages?limit=200 HTTP/1.1\r\nHost: test\r\n\r\n");
      connection.reset();
    }

    List<CompletableFuture<HttpResponse<String>>> answers =
        IntStream.range(0, 100)
            .mapToObj(i -> client.getLater("/rooms/lobby/messages?limit=1"))
            .toList();

    assertThat(answers).allSatisfy(answer -> assertThat(answer.join().statusCode()).isEqualTo(200));
  }

  @Test
  void understandsEachFormOfAName() {
    String composed = client.get("/rooms/caf%C3%A9/messages").body();
    String decomposed = client.get("/rooms/cafe%CC%81/messages").body();

    assertThat(composed).isEqualTo(decomposed).contains("\"room\":\"café\"");
  }
}
