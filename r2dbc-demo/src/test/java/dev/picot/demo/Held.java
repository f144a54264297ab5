package dev.picot.demo;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;

/** Holds up every write of one room, or of a room's name, in an H2 database until it is closed. */
final class Held implements AutoCloseable {
  private final Connection transaction;

  private Held(Connection transaction) {
    this.transaction = transaction;
  }

  /** Writes wait for the lock instead of giving up soon. */
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
    Connection connection =
        DriverManager.getConnection(url.jdbcUrl(), url.user(), url.password());
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET DEFAULT_LOCK_TIMEOUT 60000");
      connection.setAutoCommit(false);
      statement.execute(sql);
    }
    return new Held(connection);
  }

  @Override
  public void close() throws SQLException {
    if (!transaction.isClosed()) {
      transaction.rollback();
      transaction.close();
    }
  }
}
