/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.demo;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;

/** Holds up the write of one message or room in an H2 database. */
final class Held implements AutoCloseable {
  private final Connection transaction;

  private Held(Connection transaction) {
    this.transaction = transaction;
  }

  static Held message(DatabaseUrl url, String room, String key) throws SQLException {
    return insert(
        url,
        """
        INSERT INTO messages (room, author, body, posted_at, idempotency_key)
        VALUES ('%s', 'x', 'x', LOCALTIMESTAMP, '%s')
        """
            .formatted(room, key));
  }

  static Held room(DatabaseUrl url, String name) throws SQLException {
    return insert(url, "INSERT INTO rooms VALUES ('%s', LOCALTIMESTAMP)".formatted(name));
  }

  private static Held insert(DatabaseUrl url, String sql) throws SQLException {
    Connection connection = DriverManager.getConnection(url.jdbcUrl(), url.user(), url.password());
    try (Statement statement = connection.createStatement()) {
      // Who wants to write the same waits, and does not give up soon.
      statement.execute("SET DEFAULT_LOCK_TIMEOUT 60000");
      connection.setAutoCommit(false);
      statement.execute(sql);
    }
    return new Held(connection);
  }

  void release() throws SQLException {
    transaction.rollback();
  }

  @Override
  public void close() throws SQLException {
    transaction.rollback();
    transaction.close();
  }
}
