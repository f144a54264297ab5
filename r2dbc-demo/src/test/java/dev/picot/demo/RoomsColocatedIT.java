/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.demo;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;

/** The contract on loops that serve the connections too, those to a real PostgreSQL included. */
class RoomsColocatedIT extends RoomsContract {
  private EmbeddedPostgres postgres;

  @Override
  DatabaseUrl database() throws IOException {
    postgres = EmbeddedPostgres.start();
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
}
