/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import io.r2dbc.spi.Batch;
import io.r2dbc.spi.Result;
import org.reactivestreams.Publisher;

/** A batch whose signals come home. */
final class LeasedBatch implements Batch {
  private final Lease lease;
  private final Batch driver;

  LeasedBatch(Lease lease, Batch driver) {
    this.lease = lease;
    this.driver = driver;
  }

  @Override
  public Batch add(String sql) {
    driver.add(sql);
    return this;
  }

  @Override
  public Publisher<? extends Result> execute() {
    Publisher<? extends Result> results = driver.execute();
    return new ExchangeFlux<Result, Result>(
        lease,
        exchange -> results,
        result -> new LeasedResult(lease, result, true),
        Exchange.Kind.SENT_RESULTS);
  }
}
