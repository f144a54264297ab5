/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower.server;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.picot.benchmarks.VirtualThreads;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Blocking code behind Reactor Netty: JDBC and HikariCP, on threads that may wait.
 *
 * <p>Virtual threads stand behind the same HTTP server as all the others, and not behind the JDK's
 * own, which is not made for load: so that the threads and the driver are what differs.
 */
final class JdbcServer {
  private static final String WORLD = withMarks(Sql.WORLD);
  private static final String UPDATE = withMarks(Sql.UPDATE);

  private final DataSource connections;
  private final Scheduler scheduler;
  private final boolean isForAll; // or only for what needs the database

  private JdbcServer(DataSource connections, Scheduler scheduler, boolean isForAll) {
    this.connections = connections;
    this.scheduler = scheduler;
    this.isForAll = isForAll;
  }

  /** As Reactor's users do it: what blocks goes to the elastic pool, the rest stays on the loop. */
  static int startElastic(Site site) {
    return start(site, Schedulers.boundedElastic(), false);
  }

  /** A virtual thread for each request, whatever it is. */
  static int startVirtual(Site site) {
    return start(site, Schedulers.fromExecutor(VirtualThreads::start), true);
  }

  private static int start(Site site, Scheduler scheduler, boolean isForAll) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(Postgres.jdbcUrl(site.databasePort()));
    config.setMaximumPoolSize(site.connections());
    JdbcServer server = new JdbcServer(new HikariDataSource(config), scheduler, isForAll);
    return NettyFront.listen(NettyFront.loops(site), server::answer);
  }

  private Mono<Answer> answer(Call call) {
    Mono<Answer> answer = Mono.fromCallable(() -> block(call));
    return isForAll || call.kind().isWithRows() ? answer.subscribeOn(scheduler) : answer;
  }

  private Answer block(Call call) throws SQLException {
    return switch (call.kind()) {
      case PLAINTEXT -> Answer.plaintext();
      case JSON -> Answer.json();
      case DB -> Answer.of(worlds(World.randomId()).get(0));
      case QUERIES -> Answer.of(worlds(World.randomIds(call.count())));
      case FORTUNES -> Answer.ofFortunes(fortunes());
      case UPDATES -> Answer.of(update(World.distinctRandomIds(call.count())));
    };
  }

  private List<World> worlds(int... ids) throws SQLException {
    try (Connection connection = connections.getConnection()) {
      return worlds(connection, ids);
    }
  }

  private List<Fortune> fortunes() throws SQLException {
    List<Fortune> fortunes = new ArrayList<>();
    try (Connection connection = connections.getConnection();
        PreparedStatement statement = connection.prepareStatement(Sql.FORTUNES);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        fortunes.add(new Fortune(rows.getInt(1), rows.getString(2)));
      }
    }
    return fortunes;
  }

  private List<World> update(int[] ids) throws SQLException {
    try (Connection connection = connections.getConnection()) {
      List<World> worlds = worlds(connection, ids).stream().map(World::renumbered).toList();
      try (PreparedStatement statement = connection.prepareStatement(UPDATE)) {
        statement.setArray(1, connection.createArrayOf("int4", Sql.ids(worlds)));
        statement.setArray(2, connection.createArrayOf("int4", Sql.numbers(worlds)));
        statement.executeUpdate();
      }
      return worlds;
    }
  }

  private static List<World> worlds(Connection connection, int[] ids) throws SQLException {
    List<World> worlds = new ArrayList<>(ids.length);
    try (PreparedStatement statement = connection.prepareStatement(WORLD)) {
      for (int id : ids) {
        statement.setInt(1, id);
        try (ResultSet rows = statement.executeQuery()) {
          rows.next();
          worlds.add(new World(rows.getInt(1), rows.getInt(2)));
        }
      }
    }
    return worlds;
  }

  /** The same statement with the parameters as JDBC has them. */
  private static String withMarks(String statement) {
    return statement.replaceAll("\\$\\d", "?");
  }
}
