/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower;

import dev.picot.benchmarks.Effort;
import dev.picot.benchmarks.techempower.server.ServerProgram;
import dev.picot.benchmarks.techempower.server.Variant;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The database, and one server for each variant: started when it is needed first, and all of them
 * up until the end, so that each round finds them warm.
 */
final class Servers {
  private static final Duration START_LIMIT = Duration.ofMinutes(2);
  private static final Duration END_LIMIT = Duration.ofSeconds(20);
  private static final int CONNECTIONS_OF_A_LOOP = 8;
  private static final int MOST_LOOPS = 8;
  private static final int LOOPS =
      Math.max(2, Math.min(MOST_LOOPS, Runtime.getRuntime().availableProcessors()));
  private static final int CONNECTIONS = LOOPS * CONNECTIONS_OF_A_LOOP;
  private static final int MEBIBYTES = 512;

  private final Map<Variant, RunningServer> servers = new EnumMap<>(Variant.class);
  private final Map<Variant, IllegalStateException> failures = new EnumMap<>(Variant.class);
  private final List<String> notes = new ArrayList<>();
  private final Thread hook = new Thread(this::end, "end-of-techempower");

  /** The latest first; guarded by itself, for the hook ends them too. */
  private final Deque<Child> children = new ArrayDeque<>();

  private final List<String> databaseCommand;
  private boolean isBegun;
  private Database database;
  private IllegalStateException databaseFailure;

  Servers() {
    this(Database.command());
  }

  /** With another program in place of the database. */
  Servers(List<String> databaseCommand) {
    this.databaseCommand = List.copyOf(databaseCommand);
  }

  /** The server of a variant, verified and warm; one that failed once is not tried again. */
  RunningServer started(Variant variant, Effort effort) throws IOException, InterruptedException {
    IllegalStateException failure = failures.get(variant);
    if (failure != null) {
      throw failure;
    }
    RunningServer server = servers.get(variant);
    if (server == null) {
      try {
        server = start(variant, effort);
      } catch (IllegalStateException e) {
        failures.put(variant, e);
        throw e;
      }
      servers.put(variant, server);
    }
    return server;
  }

  private RunningServer start(Variant variant, Effort effort)
      throws IOException, InterruptedException {
    LoadGenerator load = loadGenerator(effort);
    begin(load);
    Database rows = database();
    Child child =
        opened(
            Child.start(
                variant.label(),
                Child.java(
                    effort,
                    ServerProgram.class,
                    List.of("-Xms" + MEBIBYTES + "m", "-Xmx" + MEBIBYTES + "m"),
                    variant.name(),
                    String.valueOf(LOOPS),
                    String.valueOf(CONNECTIONS),
                    String.valueOf(rows.port()))));
    int port = Integer.parseInt(child.hear(START_LIMIT));
    RunningServer server = new RunningServer(child, port, load, Pace.of(effort));
    server.prepare(rows);
    return server;
  }

  private void begin(LoadGenerator load) {
    if (!isBegun) {
      isBegun = true;
      Runtime.getRuntime().addShutdownHook(hook);
      notes.add(
          "techempower: each server has %d loops, %d connections and %d MiB; load by %s; %s"
              .formatted(LOOPS, CONNECTIONS, MEBIBYTES, load.name(), machineLoad()));
    }
  }

  /** The database of all; if it failed once it is not tried again. */
  private Database database() throws IOException, InterruptedException {
    if (databaseFailure != null) {
      throw databaseFailure;
    }
    if (database == null) {
      try {
        Child postgres = opened(Child.start("PostgreSQL", databaseCommand));
        database = Database.of(postgres.hear(START_LIMIT));
      } catch (IllegalStateException e) {
        databaseFailure = e;
        throw e;
      }
    }
    return database;
  }

  private static LoadGenerator loadGenerator(Effort effort) {
    LoadGenerator own = new LoopbackClient();
    return effort == Effort.SMOKE ? own : Wrk.find().map(LoadGenerator.class::cast).orElse(own);
  }

  private static String machineLoad() {
    return "load average %.1f"
        .formatted(ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
  }

  private Child opened(Child child) {
    synchronized (children) {
      children.push(child);
    }
    return child;
  }

  /** What was started and how, and how busy the machine was before and is now. */
  List<String> notes() {
    List<String> all = new ArrayList<>(notes);
    if (isBegun) {
      all.add("techempower: at the end " + machineLoad());
    }
    servers.forEach(
        (variant, server) ->
            all.add("techempower: %s: %s".formatted(variant.label(), server.describe())));
    return all;
  }

  void close() {
    if (isBegun) {
      end();
      Runtime.getRuntime().removeShutdownHook(hook);
    }
  }

  private void end() {
    synchronized (children) {
      while (!children.isEmpty()) {
        children.pop().close(END_LIMIT);
      }
    }
    if (database != null) {
      database.end();
    }
  }
}
