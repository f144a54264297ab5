/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that no well-behaved client sends. */
@Timeout(60)
class RawHttpIT {
  private static RoomsServer server;

  @BeforeAll
  static void start() {
    server =
        RoomsServer.start(Settings.of("127.0.0.1", 0, DatabaseUrl.parse("r2dbc:h2:mem:///raw"), 2));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static String get(String target) {
    return "GET %s HTTP/1.1\r\nHost: test\r\n\r\n".formatted(target);
  }

  private static String answer(String request) throws IOException {
    try (RawConnection connection = new RawConnection(server.port())) {
      return connection.send(request).read();
    }
  }

  @Test
  void refusesALongBodyBeforeItComes() throws IOException {
    try (RawConnection connection = new RawConnection(server.port())) {
      String answer =
          connection
              .send(
                  """
                  POST /rooms HTTP/1.1\r
                  Host: test\r
                  Content-Type: application/json\r
                  Content-Length: 32769\r
                  Expect: 100-continue\r
                  \r
                  """)
              .read();

      assertThat(answer)
          .startsWith("HTTP/1.1 413 ")
          .contains("application/problem+json", "connection: close", "32768 bytes");
      assertThat(connection.isClosedByServer()).isTrue();
    }
  }

  @Test
  void refusesALongBodyWhileItComes() throws IOException {
    String chunk = "1000\r\n" + " ".repeat(0x1000) + "\r\n";

    String answer =
        answer(
            """
            POST /rooms HTTP/1.1\r
            Host: test\r
            Content-Type: application/json\r
            Transfer-Encoding: chunked\r
            \r
            """
                + chunk.repeat(9));

    assertThat(answer).startsWith("HTTP/1.1 413 ").contains("application/problem+json");
  }

  @Test
  void asksForABodyThatIsShortEnough() throws IOException {
    String head =
        """
        POST /rooms HTTP/1.1\r
        Host: test\r
        Content-Type: application/json\r
        Content-Length: 2\r
        Expect: 100-continue\r
        \r
        """;
    try (RawConnection connection = new RawConnection(server.port())) {
      connection.send(head + "{}");

      assertThat(connection.read()).contains("HTTP/1.1 100 Continue", "HTTP/1.1 422 ");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/rooms/%zz/messages", "/rooms/%ff/messages", "/rooms?after=%"})
  void refusesWhatIsNotPercentEncoded(String target) throws IOException {
    assertThat(answer(get(target)))
        .startsWith("HTTP/1.1 400 ")
        .contains("application/problem+json", "is not percent-encoded UTF-8");
  }

  @Test
  void understandsAWholeUrlAsTarget() throws IOException {
    assertThat(answer(get("http://test/rooms?limit=1"))).startsWith("HTTP/1.1 200 ");
  }

  @Test
  void answersOldClientsAndCloses() throws IOException {
    try (RawConnection connection = new RawConnection(server.port())) {
      assertThat(connection.send("GET /rooms HTTP/1.0\r\n\r\n").read()).contains(" 200 OK");
      assertThat(connection.isClosedByServer()).isTrue();
    }
  }

  @Test
  void answersPipelinedRequestsInOrder() throws IOException {
    try (RawConnection connection = new RawConnection(server.port())) {
      connection.send(get("/rooms/java/report") + get("/") + get("/nothing"));

      assertThat(connection.read()).contains(" 200 OK", "\"busiest\"");
      assertThat(connection.read()).contains(" 200 OK", "\"health\"");
      assertThat(connection.read()).contains(" 404 Not Found");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nonsense\r\n\r\n",
        "GET /rooms HTTP/1.1\r\nHost: test\r\nContent-Length: x\r\n\r\n",
        "GET /rooms HTTP/1.1\r\nHost: test\r\nContent-Length: -1\r\n\r\n",
        "GET /rooms HTTP/1.1\r\nHost: test\r\nContent-Length: 99999999999999999999\r\n\r\n"
      })
  void refusesWhatIsNotHttp(String request) throws IOException {
    assertThat(answer(request)).matches("(?s)HTTP/1.[01] 4\\d\\d .*");
  }
}
