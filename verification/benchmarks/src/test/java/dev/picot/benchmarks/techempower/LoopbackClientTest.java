/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.picot.benchmarks.techempower.FakeServer.Wrong;
import dev.picot.benchmarks.techempower.LoadGenerator.Load;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LoopbackClientTest {
  private static final Duration SOME = Duration.ofMillis(200);

  private final LoopbackClient client = new LoopbackClient();

  @Test
  void runEndsWhenTheTimeIsOver() throws IOException {
    try (FakeServer server = new FakeServer(Wrong.NOTHING)) {
      Load load = client.run(uri(server.port(), "/queries?queries=500"), 4, SOME);

      assertThat(load.requests()).isGreaterThanOrEqualTo(4);
      assertThat(load.seconds()).isGreaterThanOrEqualTo(SOME.toMillis() / 1e3);
      assertThat(load.p50()).isPositive().isLessThanOrEqualTo(load.p99());
    }
  }

  @Test
  void everyConnectionAsksOnceAtLeast() throws IOException {
    try (FakeServer server = new FakeServer(Wrong.NOTHING)) {
      assertThat(client.run(uri(server.port(), "/db"), 3, Duration.ZERO).requests()).isEqualTo(3);
    }
  }

  @Test
  void answerThatFailedFailsTheRun() {
    try (FakeServer server = new FakeServer(Wrong.STATUS)) {
      assertThatThrownBy(() -> client.run(uri(server.port(), "/db"), 1, SOME))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("HTTP/1.1 500");
    }
  }

  @Test
  void connectionAsksAgainUntilTheServerClosesItAndThatFailsTheRun() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    try (ServerSocket server = new ServerSocket(0)) {
      Thread answering = new Thread(() -> answerThreeTimes(server, asked));
      answering.start();

      assertThatThrownBy(
              () -> client.run(uri(server.getLocalPort(), "/db"), 1, Duration.ofHours(1)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("the server closed a connection");
      answering.join();
    }
    assertThat(asked).hasValue(4);
  }

  private static void answerThreeTimes(ServerSocket server, AtomicInteger asked) {
    try (Socket connection = server.accept()) {
      while (connection.getInputStream().read(new byte[1_000]) > 0 && asked.incrementAndGet() < 4) {
        connection
            .getOutputStream()
            .write(
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
                    .getBytes(StandardCharsets.US_ASCII));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void serverThatIsNotThereFailsTheRun() throws IOException {
    int port;
    try (ServerSocket server = new ServerSocket(0)) {
      port = server.getLocalPort();
    }

    assertThatThrownBy(() -> client.run(uri(port, "/db"), 1, SOME))
        .isInstanceOf(ConnectException.class);
  }

  private static URI uri(int port, String target) {
    return URI.create("http://127.0.0.1:" + port + target);
  }
}
