/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower;

import dev.picot.benchmarks.Effort;
import dev.picot.benchmarks.techempower.server.Postgres;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The database as it is seen from here.
 *
 * @param port of the loopback address
 * @param process of its server
 */
record Database(int port, long process) implements Supplier<Map<Integer, Integer>> {
  /** How it is started; the JVM that keeps it has next to nothing to do. */
  static List<String> command() {
    return Child.java(
        Effort.SMOKE, Postgres.class, List.of("-Xms16m", "-Xmx64m", "-XX:+UseSerialGC"));
  }

  /** Parses what it says when it is there. */
  static Database of(String said) {
    String[] words = said.split(" ", -1);
    return new Database(Integer.parseInt(words[0]), Long.parseLong(words[1]));
  }

  /** The numbers of all rows by their ids, now. */
  @Override
  public Map<Integer, Integer> get() {
    Map<Integer, Integer> all = new HashMap<>();
    try (Connection connection = DriverManager.getConnection(Postgres.jdbcUrl(port));
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT id, randomnumber FROM world")) {
      while (rows.next()) {
        all.put(rows.getInt(1), rows.getInt(2));
      }
    } catch (SQLException e) {
      throw new IllegalStateException("the database cannot be read: " + e.getMessage(), e);
    }
    return all;
  }

  /** Ends its server if the process that had started it could not. */
  void end() {
    ProcessHandle.of(process).ifPresent(ProcessHandle::destroyForcibly);
  }
}
