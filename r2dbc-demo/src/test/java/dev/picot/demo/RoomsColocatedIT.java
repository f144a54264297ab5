/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The contract on loops that serve the connections too, those to a real PostgreSQL included. */
class RoomsColocatedIT extends RoomsContract {
  private EmbeddedPostgres postgres;

  /** Of servers that ran before in this JVM. */
  private Set<String> before;

  @Override
  DatabaseUrl database() throws IOException {
    postgres = EmbeddedPostgres.start();
    before = threadsOfTheDriver();
    return DatabaseUrl.parse(
        "r2dbc:postgresql://postgres:postgres@localhost:%d/postgres".formatted(postgres.getPort()));
  }

  @Override
  Placement placement() {
    return Placement.COLOCATED;
  }

  @Override
  void stopDatabase() throws IOException {
    postgres.close();
  }

  @Test
  void itsConnectionsToTheDatabaseAreOnTheLoopsToo() {
    assertThat(threadsOfTheDriver()).isEqualTo(before);
  }

  private static Set<String> threadsOfTheDriver() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("reactor-tcp-"))
        .collect(Collectors.toSet());
  }
}
