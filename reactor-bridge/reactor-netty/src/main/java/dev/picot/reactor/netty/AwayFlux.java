/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.netty;

import dev.picot.loop.Loop;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;

/** See {@link Crossing#away}. */
final class AwayFlux<T> extends Flux<T> {
  private final Publisher<T> source;

  /** Null for that of whoever subscribes. */
  private final @Nullable Loop loop;

  AwayFlux(Publisher<T> source) {
    this(source, null);
  }

  AwayFlux(Publisher<T> source, @Nullable Loop loop) {
    this.source = source;
    this.loop = loop;
  }

  @Override
  public void subscribe(CoreSubscriber<? super T> actual) {
    AwaySubscriber.subscribe(source, actual, loop == null ? AwaySubscriber.loopOf(actual) : loop);
  }
}
