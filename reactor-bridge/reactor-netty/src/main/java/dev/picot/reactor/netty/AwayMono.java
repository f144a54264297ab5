/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.netty;

import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoOperator;

/** See {@link Crossing#awayOne}. */
final class AwayMono<T> extends MonoOperator<T, T> {
  AwayMono(Mono<T> source) {
    super(source);
  }

  @Override
  public void subscribe(CoreSubscriber<? super T> actual) {
    AwaySubscriber.subscribe(source, actual, AwaySubscriber.loopOf(actual));
  }
}
