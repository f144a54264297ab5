/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

/** What the driver answers with one signal: it comes home together with its completion. */
final class ExchangeMono<T> extends Mono<T> {
  /** Null if it is not an exchange of a lease. */
  private final @Nullable Lease lease;

  private final Source<T> source;

  ExchangeMono(@Nullable Lease lease, Source<T> source) {
    this.lease = lease;
    this.source = source;
  }

  @Override
  public void subscribe(CoreSubscriber<? super T> actual) {
    new Exchange<T, T>(lease, actual, null, Exchange.Kind.ANSWER).start(source);
  }
}
