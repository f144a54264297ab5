/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.demo;

import static dev.picot.demo.RoomsClient.json;
import static dev.picot.demo.RoomsClient.message;
import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A database that breaks under the running server. */
@Timeout(120)
class FailureIT {
  private static final Logger LOG = Logger.getLogger(Routes.class.getName());

  private final Recorder recorder = new Recorder();

  private static final class Recorder extends Handler {
    private final BlockingQueue<LogRecord> records = new LinkedBlockingQueue<>();

    @Override
    public void publish(LogRecord entry) {
      records.add(entry);
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}

    LogRecord next() throws InterruptedException {
      LogRecord entry = records.poll(30, TimeUnit.SECONDS);
      assertThat(entry).as("log entry").isNotNull();
      return entry;
    }
  }

  @BeforeEach
  void recordTheLog() {
    LOG.addHandler(recorder);
    LOG.setUseParentHandlers(false);
  }

  @AfterEach
  void leaveTheLog() {
    LOG.removeHandler(recorder);
    LOG.setUseParentHandlers(true);
  }

  private static void execute(DatabaseUrl url, String sql) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(url.jdbcUrl(), url.user(), url.password());
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  @Test
  void logsWhatItDidNotExpectAndKeepsItFromTheClient() throws Exception {
    DatabaseUrl url = DatabaseUrl.parse("r2dbc:h2:mem:///broken");
    try (RoomsServer server = RoomsServer.start(Settings.of("127.0.0.1", 0, url, 1))) {
      RoomsClient client = new RoomsClient(server.port());
      execute(url, "DROP TABLE messages");

      HttpResponse<String> history = client.get("/rooms/java/messages");
      LogRecord historyLog = recorder.next();
      HttpResponse<String> report = client.get("/rooms/java/report");
      LogRecord reportLog = recorder.next();

      assertThat(history.statusCode()).isEqualTo(500);
      assertThat(history.body()).doesNotContainIgnoringCase("table").contains("in the log");
      assertThat(report.statusCode()).isEqualTo(500);
      assertThat(report.body()).doesNotContainIgnoringCase("table");
      assertThat(historyLog.getLevel()).isEqualTo(Level.SEVERE);
      assertThat(historyLog.getMessage()).isEqualTo("GET /rooms/java/messages failed");
      assertThat(historyLog.getThrown()).hasMessageContaining("MESSAGES");
      assertThat(reportLog.getThrown()).isInstanceOf(SQLException.class);
    }
  }

  @Test
  void asksToComeBackWhenTheDatabaseIsGone() throws Exception {
    EmbeddedPostgres postgres = EmbeddedPostgres.start();
    Settings usual =
        Settings.of(
            "127.0.0.1",
            0,
            DatabaseUrl.parse(
                "r2dbc:postgresql://postgres:postgres@localhost:%d/postgres"
                    .formatted(postgres.getPort())),
            1);
    try (RoomsServer server = RoomsServer.start(usual)) {
      RoomsClient client = new RoomsClient(server.port());
      assertThat(client.get("/health").statusCode()).isEqualTo(200);

      postgres.close();

      for (HttpResponse<String> response :
          List.of(
              client.get("/rooms/java/messages"),
              client.post("/rooms/java/messages", message("A", "x")),
              client.get("/rooms/java/report"))) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(503);
        assertThat(response.headers().firstValueAsLong("retry-after")).hasValue(1);
        assertThat(recorder.next().getLevel()).isEqualTo(Level.WARNING);
      }
      assertThat(client.get("/health").statusCode()).isEqualTo(503);
      assertThat(json(client.get("/health")).get("status").asText()).isEqualTo("DOWN");
      assertThat(client.get("/threads").statusCode()).isEqualTo(200);
    }
  }
}
