/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import io.r2dbc.spi.Readable;
import io.r2dbc.spi.Result;
import io.r2dbc.spi.Row;
import io.r2dbc.spi.RowMetadata;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import org.reactivestreams.Publisher;

/** A result whose signals come home. */
final class LeasedResult implements Result {
  private final Lease lease;
  private final Result driver;

  LeasedResult(Lease lease, Result driver) {
    this.lease = lease;
    this.driver = driver;
  }

  Result driver() {
    return driver;
  }

  @Override
  public Publisher<Long> getRowsUpdated() {
    return rows(exchange -> driver.getRowsUpdated());
  }

  @Override
  public <T> Publisher<T> map(BiFunction<Row, RowMetadata, ? extends T> mapper) {
    Objects.requireNonNull(mapper, "mapper");
    return rows(
        exchange ->
            driver.<T>map(
                (row, columns) -> {
                  T instead = exchange.instead();
                  return instead == null ? mapper.apply(row, columns) : instead;
                }));
  }

  @Override
  public <T> Publisher<T> map(Function<? super Readable, ? extends T> mapper) {
    Objects.requireNonNull(mapper, "mapper");
    return rows(
        exchange ->
            driver.<T>map(
                readable -> {
                  T instead = exchange.instead();
                  return instead == null ? mapper.apply(readable) : instead;
                }));
  }

  @Override
  public Result filter(Predicate<Segment> filter) {
    return new LeasedResult(lease, driver.filter(filter));
  }

  @Override
  public <T> Publisher<T> flatMap(Function<Segment, ? extends Publisher<? extends T>> mapper) {
    Objects.requireNonNull(mapper, "mapper");
    return rows(exchange -> driver.<T>flatMap(mapper));
  }

  private <T> Publisher<T> rows(Source<T> source) {
    return new ExchangeFlux<T, T>(lease, source, null, Exchange.Kind.ROWS);
  }

  @Override
  public String toString() {
    return "LeasedResult[" + driver + "]";
  }
}
