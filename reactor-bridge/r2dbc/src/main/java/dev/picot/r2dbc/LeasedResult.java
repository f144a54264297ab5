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
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;

/** A result whose signals come home. */
final class LeasedResult implements Result {
  private final Lease lease;
  private final Result driver;

  /** Set by who reads it; null if the database does not send it before. */
  private final @Nullable AtomicBoolean isRead;

  /** In the list of the lease. Written before it is there. */
  @Nullable LeasedResult nextUnread;

  LeasedResult(Lease lease, Result driver, boolean isSent) {
    this.lease = lease;
    this.driver = driver;
    this.isRead = isSent ? new AtomicBoolean() : null;
    if (isSent) {
      lease.isUnread(this);
    }
  }

  /** Nobody will read it: lets the driver free what has come and what is still to come. */
  void drain() {
    if (isRead != null && isRead.compareAndSet(false, true)) {
      Publisher<?> rest =
          lease.isReturned()
              ? lease.slot().ask(() -> Flux.from(driver.getRowsUpdated()).then())
              : getRowsUpdated();
      Flux.from(rest).subscribe(count -> {}, error -> {});
    }
  }

  private boolean isSent() {
    return isRead != null;
  }

  boolean isRead() {
    return isRead != null && isRead.get();
  }

  private void reads() {
    if (isRead != null) {
      isRead.set(true);
    }
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
    reads();
    return new LeasedResult(lease, driver.filter(filter), isSent());
  }

  @Override
  public <T> Publisher<T> flatMap(Function<Segment, ? extends Publisher<? extends T>> mapper) {
    Objects.requireNonNull(mapper, "mapper");
    return rows(exchange -> driver.<T>flatMap(mapper));
  }

  private <T> Publisher<T> rows(Source<T> source) {
    return new ExchangeFlux<T, T>(
        lease,
        exchange -> {
          reads();
          return source.get(exchange);
        },
        null,
        isSent() ? Exchange.Kind.SENT_ROWS : Exchange.Kind.ROWS);
  }

  @Override
  public String toString() {
    return "LeasedResult[" + driver + "]";
  }
}
