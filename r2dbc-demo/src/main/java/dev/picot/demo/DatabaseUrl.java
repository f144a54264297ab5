/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.demo;

import io.r2dbc.spi.ConnectionFactoryOptions;
import io.r2dbc.spi.Option;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Where the rooms are kept, as R2DBC and JDBC need to know it. */
final class DatabaseUrl {
  /** What is accepted, for people. */
  static final String FORMS =
      "r2dbc:h2:file:///PATH, r2dbc:h2:mem:///NAME or r2dbc:postgresql://USER:PASSWORD@HOST[:PORT]/DATABASE";

  /*
   * Both ways into an H2 database must ask for the same settings, for the first one to come opens
   * it. It stays open until the server closes it, after the last request and not from a shutdown
   * hook of H2's own beside it; and a commit returns when it is written, not up to half a second
   * before.
   */
  private static final String H2_SETTINGS =
      "DB_CLOSE_DELAY=-1;DB_CLOSE_ON_EXIT=FALSE;WRITE_DELAY=0;TRACE_LEVEL_FILE=0";

  private final ConnectionFactoryOptions options;
  private final String jdbcUrl;
  private final String shown;

  private DatabaseUrl(ConnectionFactoryOptions options, String jdbcUrl, String shown) {
    this.options = options;
    this.jdbcUrl = jdbcUrl;
    this.shown = shown;
  }

  /**
   * Reads a URL.
   *
   * @param url the URL
   * @return what it says
   * @throws IllegalArgumentException if it is none of {@link #FORMS}
   */
  static DatabaseUrl parse(String url) {
    ConnectionFactoryOptions options;
    try {
      options = ConnectionFactoryOptions.parse(url);
    } catch (IllegalArgumentException e) {
      throw invalid(url);
    }
    String driver = text(options, ConnectionFactoryOptions.DRIVER);
    String protocol = text(options, ConnectionFactoryOptions.PROTOCOL);
    String database = text(options, ConnectionFactoryOptions.DATABASE);
    if (database == null || database.isBlank() || database.contains(";")) {
      throw invalid(url);
    }
    if ("h2".equals(driver) && "file".equals(protocol)) {
      return h2("file", absolute(database), options);
    }
    if ("h2".equals(driver) && "mem".equals(protocol)) {
      return h2("mem", database, options);
    }
    if ("postgresql".equals(driver)
        && text(options, ConnectionFactoryOptions.HOST) != null
        && text(options, ConnectionFactoryOptions.USER) != null) {
      return postgres(database, options);
    }
    throw invalid(url);
  }

  private static DatabaseUrl h2(String protocol, String name, ConnectionFactoryOptions given) {
    String url = protocol + ":" + name;
    return new DatabaseUrl(
        given
            .mutate()
            .option(ConnectionFactoryOptions.DATABASE, name)
            .option(Option.valueOf("options"), H2_SETTINGS)
            .option(
                ConnectionFactoryOptions.USER,
                Objects.requireNonNullElse(text(given, ConnectionFactoryOptions.USER), "sa"))
            .option(
                ConnectionFactoryOptions.PASSWORD,
                Objects.requireNonNullElse(text(given, ConnectionFactoryOptions.PASSWORD), ""))
            .build(),
        "jdbc:h2:" + url + ";" + H2_SETTINGS,
        "H2 " + url);
  }

  private static DatabaseUrl postgres(String database, ConnectionFactoryOptions options) {
    String port = text(options, ConnectionFactoryOptions.PORT);
    String place =
        "//%s%s/%s"
            .formatted(
                text(options, ConnectionFactoryOptions.HOST),
                port == null ? "" : ":" + port,
                database);
    boolean encrypted = "true".equals(text(options, ConnectionFactoryOptions.SSL));
    return new DatabaseUrl(
        options,
        "jdbc:postgresql:" + place + (encrypted ? "?sslmode=require" : ""),
        "PostgreSQL " + place);
  }

  /** H2 takes a path relative to nothing for a mistake; one from the home directory it knows. */
  private static String absolute(String path) {
    return path.startsWith("~") ? path : Path.of(path).toAbsolutePath().normalize().toString();
  }

  private static @Nullable String text(ConnectionFactoryOptions options, Option<?> option) {
    Object value = options.getValue(option);
    return value == null ? null : value.toString();
  }

  private static IllegalArgumentException invalid(String url) {
    return new IllegalArgumentException(
        "'%s' (expected: %s)".formatted(url.replaceAll("//.*@", "//...@"), FORMS));
  }

  /**
   * {@return whether it is an embedded database, whose R2DBC driver works on the calling thread}
   */
  boolean isEmbedded() {
    return "h2".equals(options.getValue(ConnectionFactoryOptions.DRIVER));
  }

  /** {@return whether it is an embedded database that outlives the process} */
  boolean isFile() {
    return "file".equals(options.getValue(ConnectionFactoryOptions.PROTOCOL));
  }

  /** {@return what R2DBC needs to know} */
  ConnectionFactoryOptions options() {
    return options;
  }

  /** {@return the URL for JDBC, without credentials} */
  String jdbcUrl() {
    return jdbcUrl;
  }

  /** {@return the name of the user} */
  String user() {
    return options.getRequiredValue(ConnectionFactoryOptions.USER).toString();
  }

  /** {@return the password, which may be empty} */
  String password() {
    return Objects.requireNonNullElse(text(options, ConnectionFactoryOptions.PASSWORD), "");
  }

  /** {@return what to show people, without the password} */
  @Override
  public String toString() {
    return shown;
  }
}
