/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import io.r2dbc.postgresql.PostgresqlConnectionConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.UnaryOperator;
import org.springframework.jdbc.core.JdbcTemplate;

/** A PostgreSQL for the tests of this JVM. */
final class Postgres {
  private static EmbeddedPostgres server;

  private Postgres() {}

  static synchronized EmbeddedPostgres server() {
    if (server == null) {
      try {
        server = EmbeddedPostgres.builder().setServerConfig("fsync", "off").start();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return server;
  }

  /** The driver, with a name by which the server knows its connections. */
  static PostgresqlConnectionFactory driver(
      int port, String name, UnaryOperator<PostgresqlConnectionConfiguration.Builder> more) {
    return new PostgresqlConnectionFactory(
        more.apply(
                PostgresqlConnectionConfiguration.builder()
                    .host("localhost")
                    .port(port)
                    .username("postgres")
                    .password("postgres")
                    .database("postgres")
                    .applicationName(name))
            .build());
  }

  static PostgresqlConnectionFactory driver(String name) {
    return driver(server().getPort(), name, options -> options);
  }

  static JdbcTemplate jdbc() {
    return new JdbcTemplate(server().getPostgresDatabase());
  }

  /** How many connections with a name the server has, in some states or in any. */
  static int connections(String name, String condition) {
    return jdbc()
        .queryForObject(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = ? AND " + condition,
            Integer.class,
            name);
  }
}
