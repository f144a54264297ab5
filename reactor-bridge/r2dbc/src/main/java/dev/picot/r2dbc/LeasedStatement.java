/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import io.r2dbc.spi.Result;
import io.r2dbc.spi.Statement;
import org.reactivestreams.Publisher;

/** A statement whose signals come home. */
final class LeasedStatement implements Statement {
  private final Lease lease;
  private final Statement driver;

  /** With values: where there may be a second statement, who cancels may leave the driver at it. */
  private Exchange.Kind ofBound;

  /** Where a value is bound, drivers may send the statement only when its result is read. */
  private boolean isBound;

  LeasedStatement(Lease lease, String sql) {
    this.lease = lease;
    this.driver = lease.slot().connection.createStatement(sql);
    this.ofBound = sql.indexOf(';') < 0 ? Exchange.Kind.RESULT : Exchange.Kind.RESULTS;
  }

  @Override
  public Statement add() {
    driver.add();
    ofBound = Exchange.Kind.RESULTS;
    return this;
  }

  @Override
  public Statement bind(int index, Object value) {
    driver.bind(index, value);
    isBound = true;
    return this;
  }

  @Override
  public Statement bind(String name, Object value) {
    driver.bind(name, value);
    isBound = true;
    return this;
  }

  @Override
  public Statement bindNull(int index, Class<?> type) {
    driver.bindNull(index, type);
    isBound = true;
    return this;
  }

  @Override
  public Statement bindNull(String name, Class<?> type) {
    driver.bindNull(name, type);
    isBound = true;
    return this;
  }

  @Override
  public Statement returnGeneratedValues(String... columns) {
    driver.returnGeneratedValues(columns);
    return this;
  }

  @Override
  public Statement fetchSize(int rows) {
    driver.fetchSize(rows);
    return this;
  }

  @Override
  public Publisher<? extends Result> execute() {
    Publisher<? extends Result> results = driver.execute(); // which looks at the bindings
    return new ExchangeFlux<Result, Result>(
        lease,
        exchange -> results,
        result -> new LeasedResult(lease, result, !isBound),
        isBound ? ofBound : Exchange.Kind.SENT_RESULTS);
  }

  @Override
  public String toString() {
    return "LeasedStatement[" + driver + "]";
  }
}
