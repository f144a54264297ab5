/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.demo;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.picot.LoopScheduler;
import dev.picot.Task;
import dev.picot.r2dbc.LoopConnectionFactory;
import dev.picot.reactor.netty.PicotLoopResources;
import io.r2dbc.postgresql.PostgresqlConnectionFactoryProvider;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryOptions;
import io.r2dbc.spi.Result;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Function;
import javax.sql.DataSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The open database: R2DBC for the service, JDBC for what is older than R2DBC.
 *
 * <p>Threading: tasks may be made and run anywhere. The R2DBC driver of an embedded database does
 * its work on the thread that subscribes, so there every use runs on the elastic pool of whichever
 * service asks, and comes home. Other drivers bring their own I/O threads: their connections are
 * shared by all services, and their signals come home to the one that asks.
 */
final class Database implements AutoCloseable {
  private static final Duration STARTUP_LIMIT = Duration.ofSeconds(30);

  /** Shorter ones HikariCP refuses. */
  private static final long MIN_CONNECTION_TIMEOUT_MILLIS = 250;

  private final ConnectionFactory connections;
  private final HikariDataSource legacy;
  private final DatabaseUrl url;

  private Database(ConnectionFactory connections, HikariDataSource legacy, DatabaseUrl url) {
    this.connections = connections;
    this.legacy = legacy;
    this.url = url;
  }

  /**
   * Connects, and creates the tables that are missing. Blocks; meant for the start of the process.
   *
   * @param scheduler whose timers the connections use
   * @param url the database
   * @param placement whether its connections are on the loops of the scheduler
   * @param maxConnections how many connections R2DBC may have where it pools them
   * @param limit how long one statement, or the wait for a connection, may take
   * @return the open database
   * @throws IllegalStateException if it cannot be opened
   */
  static Database open(
      LoopScheduler scheduler,
      Placement placement,
      DatabaseUrl url,
      int maxConnections,
      Duration limit) {
    HikariDataSource legacy = null;
    try {
      legacy = legacyPool(url, limit);
      Database database =
          new Database(connections(scheduler, placement, url, maxConnections, limit), legacy, url);
      database.with(Database::createTables).block(STARTUP_LIMIT);
      return database;
    } catch (RuntimeException e) {
      if (legacy != null) {
        legacy.close();
      }
      throw new IllegalStateException(
          "Cannot open the database (%s): %s. Check that it is there, that its user may create tables, and that no other process has its file open; or name another one with --database-url."
              .formatted(url, rootMessage(e)),
          e);
    }
  }

  private static ConnectionFactory connections(
      LoopScheduler scheduler,
      Placement placement,
      DatabaseUrl url,
      int maxConnections,
      Duration limit) {
    if (url.isEmbedded()) {
      return ConnectionFactories.get(url.options());
    }
    ConnectionFactoryOptions.Builder options =
        url.options().mutate().option(ConnectionFactoryOptions.STATEMENT_TIMEOUT, limit);
    if (placement == Placement.COLOCATED) {
      options.option(
          PostgresqlConnectionFactoryProvider.LOOP_RESOURCES, PicotLoopResources.of(scheduler));
    }
    ConnectionFactory driver = ConnectionFactories.get(options.build());
    return (placement == Placement.COLOCATED
            ? LoopConnectionFactory.perLoop(scheduler, driver)
            : LoopConnectionFactory.shared(scheduler, driver))
        .name("rooms-r2dbc")
        .maxSize(maxConnections)
        .acquireTimeout(limit)
        .build();
  }

  private static HikariDataSource legacyPool(DatabaseUrl url, Duration limit) {
    HikariConfig config = new HikariConfig();
    config.setPoolName("rooms-jdbc");
    config.setJdbcUrl(url.jdbcUrl());
    config.setUsername(url.user());
    config.setPassword(url.password());
    config.setMaximumPoolSize(4);
    // Shorter than the limit, so that the reason is told and not only the lateness.
    config.setConnectionTimeout(Math.max(MIN_CONNECTION_TIMEOUT_MILLIS, limit.toMillis() / 2));
    // The queries of one report see the same messages.
    config.setAutoCommit(false);
    config.setTransactionIsolation("TRANSACTION_REPEATABLE_READ");
    return new HikariDataSource(config);
  }

  private static Mono<Void> createTables(Connection connection) {
    return Flux.fromArray(resource("schema.sql").split(";\\s*", -1))
        .filter(statement -> !statement.isBlank())
        .concatMap(statement -> connection.createStatement(statement).execute())
        .concatMap(Result::getRowsUpdated)
        .then();
  }

  private static String resource(String name) {
    try (InputStream in = Database.class.getResourceAsStream(name)) {
      return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String rootMessage(Throwable error) {
    Throwable root = error;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return Objects.requireNonNullElse(root.getMessage(), root.toString());
  }

  /**
   * Uses a connection. Each statement commits by itself.
   *
   * @param work what to do with it; gives one value
   * @param <T> the type of the value
   * @return a task that does it and gives the connection back
   */
  <T> Task<T> use(Function<Connection, Mono<T>> work) {
    Mono<T> all = with(work);
    return url.isEmbedded() ? Task.blocking(all::block) : Task.await(all);
  }

  /**
   * Uses a connection for one transaction: committed when the work has given its value, rolled back
   * when it fails.
   *
   * @param work what to do; gives one value
   * @param <T> the type of the value
   * @return a task that does it
   */
  <T> Task<T> inTransaction(Function<Connection, Mono<T>> work) {
    return use(
        connection ->
            Mono.usingWhen(
                Mono.from(connection.beginTransaction()).thenReturn(connection),
                work,
                Connection::commitTransaction,
                (open, error) -> open.rollbackTransaction(),
                Connection::rollbackTransaction));
  }

  private <T> Mono<T> with(Function<Connection, Mono<T>> work) {
    return Mono.usingWhen(connections.create(), work, Connection::close);
  }

  /**
   * Makes what was committed survive a loss of power. A server database does that with each commit,
   * an embedded one when told to.
   *
   * @param connection any connection
   * @return completes when it is done
   */
  Mono<Void> force(Connection connection) {
    return url.isFile()
        ? Mono.from(connection.createStatement("CHECKPOINT SYNC").execute())
            .flatMap(result -> Mono.from(result.getRowsUpdated()))
            .then()
        : Mono.empty();
  }

  /** {@return the same database for blocking code} */
  DataSource legacy() {
    return legacy;
  }

  /** Closes every connection and, if it is embedded, the database. Blocks. */
  @Override
  public void close() {
    legacy.close();
    if (connections instanceof LoopConnectionFactory pool) {
      pool.disposeLater().block(STARTUP_LIMIT);
    }
    if (url.isEmbedded()) {
      try (java.sql.Connection last =
              DriverManager.getConnection(url.jdbcUrl(), url.user(), url.password());
          java.sql.Statement statement = last.createStatement()) {
        statement.execute("SHUTDOWN");
      } catch (SQLException e) {
        throw new IllegalStateException("Cannot close the database (%s)".formatted(url), e);
      }
    }
  }
}
