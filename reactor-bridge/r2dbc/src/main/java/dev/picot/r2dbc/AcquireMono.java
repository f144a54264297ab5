/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import io.r2dbc.spi.Connection;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

/** A connection of a pool, for each subscriber another one. */
final class AcquireMono extends Mono<Connection> {
  private final Pools pools;

  /** Null for the one that suits the caller. */
  private final @Nullable Pool preferred;

  AcquireMono(Pools pools, @Nullable Pool preferred) {
    this.pools = pools;
    this.preferred = preferred;
  }

  @Override
  public void subscribe(CoreSubscriber<? super Connection> actual) {
    actual.onSubscribe(new Acquire(actual, pools, preferred));
  }
}
