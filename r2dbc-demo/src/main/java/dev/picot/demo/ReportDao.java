/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.demo;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Reports on a room with plain blocking JDBC, as code does that is older than R2DBC.
 *
 * <p>Threading: every call blocks and may run on any thread that is allowed to.
 */
final class ReportDao {
  /** How many authors a report names: those who wrote most. */
  static final int MAX_AUTHORS = 10;

  /** How many days a report counts: the latest ones with a message. */
  static final int MAX_DAYS = 31;

  private static final String TOTALS =
      """
      SELECT COUNT(*), COUNT(DISTINCT author), MIN(posted_at), MAX(posted_at)
      FROM messages WHERE room = ?
      """;
  private static final String AUTHORS =
      """
      SELECT author, COUNT(*) FROM messages WHERE room = ?
      GROUP BY author ORDER BY COUNT(*) DESC, author FETCH FIRST %d ROWS ONLY
      """
          .formatted(MAX_AUTHORS);
  private static final String DAYS =
      """
      SELECT CAST(posted_at AS DATE), COUNT(*) FROM messages WHERE room = ?
      GROUP BY CAST(posted_at AS DATE) ORDER BY 1 DESC FETCH FIRST %d ROWS ONLY
      """
          .formatted(MAX_DAYS);
  private static final String LONGEST =
      """
      SELECT id, author, CHAR_LENGTH(body) FROM messages WHERE room = ?
      ORDER BY CHAR_LENGTH(body) DESC, id FETCH FIRST 1 ROW ONLY
      """;

  /**
   * A report.
   *
   * @param room the room
   * @param messages how many messages it has
   * @param authors how many authors
   * @param first when its first message was posted
   * @param last when its last message was posted
   * @param busiest the authors who wrote most, at most {@value ReportDao#MAX_AUTHORS}
   * @param days the latest days with messages, at most {@value ReportDao#MAX_DAYS}
   * @param longest its longest message
   */
  record Report(
      String room,
      long messages,
      long authors,
      @Nullable Instant first,
      @Nullable Instant last,
      List<AuthorCount> busiest,
      List<DayCount> days,
      @Nullable Longest longest) {}

  /**
   * The messages of an author.
   *
   * @param author the author
   * @param messages how many
   */
  record AuthorCount(String author, long messages) {}

  /**
   * The messages of a day.
   *
   * @param day the day, in UTC
   * @param messages how many
   */
  record DayCount(LocalDate day, long messages) {}

  /**
   * The longest message.
   *
   * @param id its number
   * @param author its author
   * @param length how many characters it has
   */
  record Longest(long id, String author, int length) {}

  @FunctionalInterface
  private interface RowReader<R> {
    R read(ResultSet row) throws SQLException;
  }

  private final DataSource database;
  private final int limitSeconds;

  /**
   * Makes the DAO.
   *
   * @param database where the rooms are
   * @param limit how long one query may take
   */
  ReportDao(DataSource database, Duration limit) {
    this.database = database;
    this.limitSeconds = (int) Math.max(1, limit.toSeconds());
  }

  /**
   * Reports on a room. Blocks.
   *
   * @param room the name of the room
   * @return the report, or empty if there is no such room
   * @throws SQLException if the database fails
   */
  Optional<Report> report(String room) throws SQLException {
    try (Connection connection = database.getConnection()) {
      if (query(connection, "SELECT 1 FROM rooms WHERE name = ?", room, row -> 1).isEmpty()) {
        return Optional.empty();
      }
      List<AuthorCount> busiest =
          query(
              connection, AUTHORS, room, row -> new AuthorCount(row.getString(1), row.getLong(2)));
      List<DayCount> days =
          query(
              connection,
              DAYS,
              room,
              row -> new DayCount(row.getObject(1, LocalDate.class), row.getLong(2)));
      List<Longest> longest =
          query(
              connection,
              LONGEST,
              room,
              row -> new Longest(row.getLong(1), row.getString(2), row.getInt(3)));
      return query(
              connection,
              TOTALS,
              room,
              row ->
                  new Report(
                      room,
                      row.getLong(1),
                      row.getLong(2),
                      instant(row, 3),
                      instant(row, 4),
                      busiest,
                      days,
                      longest.isEmpty() ? null : longest.get(0)))
          .stream()
          .findFirst();
    }
  }

  private <R> List<R> query(Connection connection, String sql, String room, RowReader<R> reader)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setQueryTimeout(limitSeconds);
      statement.setString(1, room);
      try (ResultSet rows = statement.executeQuery()) {
        List<R> read = new ArrayList<>();
        while (rows.next()) {
          read.add(reader.read(rows));
        }
        return read;
      }
    }
  }

  private static @Nullable Instant instant(ResultSet row, int column) throws SQLException {
    LocalDateTime time = row.getObject(column, LocalDateTime.class);
    return time == null ? null : time.toInstant(ZoneOffset.UTC);
  }
}
