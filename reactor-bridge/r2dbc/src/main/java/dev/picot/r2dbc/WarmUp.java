/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import io.r2dbc.spi.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Opens connections before they are needed: by having them all at the same time. Two that did so at
 * once would wait for each other's, so each waits for the end of the one before.
 */
final class WarmUp {
  private final Pools pools;

  /** Completes when the last one that was subscribed to, and all before it, have ended. */
  private final AtomicReference<Mono<Void>> last = new AtomicReference<>(Mono.empty());

  WarmUp(Pools pools) {
    this.pools = pools;
  }

  Mono<Integer> inTurn(int times, Function<? super Connection, ? extends Publisher<?>> work) {
    return Mono.defer(
        () -> {
          Sinks.Empty<Void> ended = Sinks.empty();
          Mono<Void> before = last.getAndSet(ended.asMono());
          return before
              .then(now(times, work))
              .doFinally(signal -> before.subscribe(null, null, ended::tryEmitEmpty));
        });
  }

  private Mono<Integer> now(int times, Function<? super Connection, ? extends Publisher<?>> work) {
    return Mono.defer(
        () -> {
          List<Mono<Connection>> wanted = wanted(pools);
          AtomicInteger missing = new AtomicInteger(wanted.size());
          AtomicInteger left = new AtomicInteger(times);
          Sinks.Empty<Void> allOpen = Sinks.empty();
          return Flux.fromIterable(wanted)
              .flatMap(
                  one ->
                      Mono.usingWhen(
                          one,
                          connection -> {
                            if (missing.decrementAndGet() == 0) {
                              allOpen.tryEmitEmpty();
                            }
                            return allOpen.asMono().then(repeat(connection, left, work));
                          },
                          Connection::close),
                  wanted.size())
              .then(Mono.just(wanted.size()));
        });
  }

  private static List<Mono<Connection>> wanted(Pools pools) {
    List<Mono<Connection>> wanted = new ArrayList<>();
    for (Pool pool : pools.open()) {
      for (int i = 0; i < Math.min(pool.maxSize(), Math.max(1, pool.minSize())); i++) {
        wanted.add(new AcquireMono(pools, pool));
      }
    }
    return wanted;
  }

  private static Mono<Void> repeat(
      Connection connection,
      AtomicInteger left,
      Function<? super Connection, ? extends Publisher<?>> work) {
    return Mono.defer(
            () ->
                left.getAndDecrement() > 0
                    ? Flux.from(work.apply(connection)).then()
                    : Mono.<Void>empty())
        .repeat(() -> left.get() > 0)
        .then();
  }
}
