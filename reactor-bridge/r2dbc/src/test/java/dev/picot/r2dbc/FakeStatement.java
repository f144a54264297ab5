/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import io.r2dbc.spi.Result;
import io.r2dbc.spi.Statement;
import org.reactivestreams.Publisher;

/** A statement of a {@link FakeConnection}. */
final class FakeStatement implements Statement {
  private final FakeConnection connection;
  private final String sql;

  FakeStatement(FakeConnection connection, String sql) {
    this.connection = connection;
    this.sql = sql;
  }

  @Override
  public Statement add() {
    return this;
  }

  @Override
  public Statement bind(int index, Object value) {
    return this;
  }

  @Override
  public Statement bind(String name, Object value) {
    return this;
  }

  @Override
  public Statement bindNull(int index, Class<?> type) {
    return this;
  }

  @Override
  public Statement bindNull(String name, Class<?> type) {
    return this;
  }

  @Override
  public Publisher<? extends Result> execute() {
    return connection.execute(sql);
  }
}
