/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.netty;

import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * Gives the subscription to who subscribes at once, on the calling thread. What Netty is behind
 * gives its own later, in a frame of the event loop, where no user code may hear of it.
 */
final class HereFlux<T> extends FluxOperator<T, T> {
  HereFlux(Flux<T> source) {
    super(source);
  }

  @Override
  public void subscribe(CoreSubscriber<? super T> actual) {
    Here<T> here = new Here<>(actual);
    actual.onSubscribe(here);
    source.subscribe(here);
  }

  private static final class Here<T> extends Operators.DeferredSubscription
      implements CoreSubscriber<T> {
    private final CoreSubscriber<? super T> actual;

    Here(CoreSubscriber<? super T> actual) {
      this.actual = actual;
    }

    @Override
    public Context currentContext() {
      return actual.currentContext();
    }

    @Override
    public void onSubscribe(Subscription subscription) {
      set(subscription);
    }

    @Override
    public void onNext(T value) {
      actual.onNext(value);
    }

    @Override
    public void onError(Throwable error) {
      actual.onError(error);
    }

    @Override
    public void onComplete() {
      actual.onComplete();
    }
  }
}
