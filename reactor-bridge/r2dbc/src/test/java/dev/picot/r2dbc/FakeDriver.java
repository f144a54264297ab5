/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.reactivestreams.Publisher;

/** A driver whose every publisher signals when a test says so, or at once. */
final class FakeDriver implements ConnectionFactory {
  final List<FakeCall<Connection>> openings = new CopyOnWriteArrayList<>();
  final List<FakeConnection> connections = new CopyOnWriteArrayList<>();

  /** The names of calls that wait for the test; the others are answered at once. */
  final Set<String> held = ConcurrentHashMap.newKeySet();

  /** Makes answers come from another thread. */
  volatile Consumer<Runnable> answers = Runnable::run;

  /** What its connections throw when they are asked for their state, if anything. */
  volatile RuntimeException stateFailure;

  /** Holds some calls. */
  FakeDriver hold(String... names) {
    held.addAll(List.of(names));
    return this;
  }

  @Override
  public Publisher<? extends Connection> create() {
    FakeCall<Connection> opening = new FakeCall<>("connect");
    return opening.publisher(
        () -> {
          openings.add(opening);
          if (!held.contains("connect")) {
            answers.accept(() -> open(opening));
          }
        });
  }

  /** Answers the nth call of create(). */
  FakeConnection open(int opening) {
    return open(openings.get(opening));
  }

  private FakeConnection open(FakeCall<Connection> opening) {
    FakeConnection connection = made(opening.thread);
    opening.answer(connection);
    if (!opening.isDelivered) { // cancelled; a driver closes it then
      connection.isClosed = true;
    }
    return connection;
  }

  /** Several loops may open one at the same time. */
  private synchronized FakeConnection made(String opener) {
    FakeConnection connection = new FakeConnection(this, connections.size(), opener);
    connections.add(connection);
    return connection;
  }

  long openConnections() {
    return connections.stream().filter(connection -> !connection.isClosed).count();
  }

  @Override
  public ConnectionFactoryMetadata getMetadata() {
    return () -> "fake";
  }
}
