/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;

/** What the driver answers with any number of signals, which come home. */
final class ExchangeFlux<T, R> extends Flux<R> {
  private final Lease lease;
  private final Source<T> source;

  /** Shows what the driver has given to the caller; null to show that itself. */
  private final @Nullable Function<? super T, ? extends R> view;

  private final Exchange.Kind kind;

  ExchangeFlux(
      Lease lease,
      Source<T> source,
      @Nullable Function<? super T, ? extends R> view,
      Exchange.Kind kind) {
    this.lease = lease;
    this.source = source;
    this.view = view;
    this.kind = kind;
  }

  @Override
  public void subscribe(CoreSubscriber<? super R> actual) {
    new Exchange<T, R>(lease, actual, view, kind).start(source);
  }
}
