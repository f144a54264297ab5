/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.demo;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;

/** The contract on a real PostgreSQL. */
class RoomsPostgresIT extends RoomsContract {
  private EmbeddedPostgres postgres;

  @Override
  DatabaseUrl database() throws IOException {
    postgres = EmbeddedPostgres.start();
    return DatabaseUrl.parse(
        "r2dbc:postgresql://postgres:postgres@localhost:%d/postgres".formatted(postgres.getPort()));
  }

  @Override
  void stopDatabase() throws IOException {
    postgres.close();
  }
}
