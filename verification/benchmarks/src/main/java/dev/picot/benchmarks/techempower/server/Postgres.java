/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower.server;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/**
 * The database of a run: one PostgreSQL, filled once, which lives as long as the process that
 * started this one.
 *
 * <p>It has a process of its own, and its server has a session of its own: an interrupt at the
 * terminal does not end it before those who use it, and when this process sees that its parent is
 * gone, however it ended, it stops the server.
 */
public final class Postgres {
  /** What the benchmark's rules put into the second table, in the order of the ids from 1. */
  private static final List<String> FORTUNES =
      List.of(
          "fortune: No such file or directory",
          "A computer scientist is someone who fixes things that aren't broken.",
          "After enough decimal places, nobody gives a damn.",
          "A bad random number generator: 1, 1, 1, 1, 1, 4.33e+67, 1, 1, 1",
          "A computer program does what you tell it to do, not what you want it to do.",
          "Emacs is a nice operating system, but I prefer UNIX. \u2014 Tom Christaensen",
          "Any program that runs right is obsolete.",
          "A list is only as strong as its weakest link. \u2014 Donald Knuth",
          "Feature: A bug with seniority.",
          "Computers make very fast, very accurate mistakes.",
          "<script>alert(\"This should not be displayed in a browser alert box.\");</script>",
          "フレームワークのベンチマーク");

  private Postgres() {}

  /**
   * Starts it, fills it, says its port and the id of its process, and waits for its parent to end.
   *
   * @param arguments none
   * @throws IOException if it cannot be started
   * @throws SQLException if it cannot be filled
   */
  public static void main(String[] arguments) throws IOException, SQLException {
    Path data = Files.createTempDirectory("techempower");
    try (EmbeddedPostgres postgres =
        EmbeddedPostgres.builder()
            .setDataDirectory(data)
            .setServerConfig("fsync", "off")
            .setServerConfig("synchronous_commit", "off")
            .setServerConfig("shared_buffers", "128MB")
            .start()) {
      fill(postgres.getPort());
      String process = Files.readAllLines(data.resolve("postmaster.pid")).get(0).strip();
      Parent.say(postgres.getPort() + " " + process);
      Parent.answer(question -> "unknown: " + question);
    }
  }

  /**
   * Says where JDBC finds it.
   *
   * @param port of the loopback address
   * @return the URL
   */
  public static String jdbcUrl(int port) {
    return "jdbc:postgresql://%s:%d/postgres?user=postgres".formatted(Site.HOST, port);
  }

  private static void fill(int port) throws SQLException {
    try (Connection connection = DriverManager.getConnection(jdbcUrl(port));
        Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE TABLE world (id integer PRIMARY KEY, randomnumber integer NOT NULL)");
      statement.execute(
          "INSERT INTO world SELECT id, 1 + floor(random() * %1$d) FROM generate_series(1, %1$d) id"
              .formatted(World.ROWS));
      statement.execute("CREATE TABLE fortune (id integer PRIMARY KEY, message text NOT NULL)");
      try (PreparedStatement insert =
          connection.prepareStatement("INSERT INTO fortune VALUES (?, ?)")) {
        for (int i = 0; i < FORTUNES.size(); i++) {
          insert.setInt(1, i + 1);
          insert.setString(2, FORTUNES.get(i));
          insert.executeUpdate();
        }
      }
      statement.execute("VACUUM ANALYZE");
    }
  }
}
