/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.netty;

import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoOperator;
import reactor.util.context.Context;

/** Tells of the end of a handler after the response that it has handed over. */
final class EndMono extends MonoOperator<Void, Void> {
  private final LoopResponse response;

  EndMono(Mono<Void> handler, LoopResponse response) {
    super(handler);
    this.response = response;
  }

  @Override
  public void subscribe(CoreSubscriber<? super Void> actual) {
    source.subscribe(new Ending(actual, response));
  }

  private record Ending(CoreSubscriber<? super Void> actual, LoopResponse response)
      implements CoreSubscriber<Void> {
    @Override
    public Context currentContext() {
      return actual.currentContext();
    }

    @Override
    public void onSubscribe(Subscription subscription) {
      actual.onSubscribe(subscription);
    }

    @Override
    public void onNext(Void nothing) {}

    @Override
    public void onError(Throwable error) {
      response.ends(() -> actual.onError(error));
    }

    @Override
    public void onComplete() {
      response.ends(actual::onComplete);
    }
  }
}
