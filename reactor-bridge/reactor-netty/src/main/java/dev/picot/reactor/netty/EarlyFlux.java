/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.netty;

import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;

/**
 * What arrives on a connection, for one subscriber who comes a little later. Reactor Netty drops
 * what nobody has subscribed to when the peer closes; here somebody has, at once, and requests
 * nothing.
 *
 * <p>All of it happens on the connection's event loop.
 */
final class EarlyFlux extends Flux<Object> implements CoreSubscriber<Object> {
  private final Executor eventLoop;
  private @Nullable Subscription upstream;
  private @Nullable CoreSubscriber<? super Object> actual;
  private boolean ended;
  private @Nullable Throwable error;

  private EarlyFlux(Executor eventLoop) {
    this.eventLoop = eventLoop;
  }

  /** On the event loop. */
  static EarlyFlux of(Flux<?> arriving, Executor eventLoop) {
    EarlyFlux early = new EarlyFlux(eventLoop);
    arriving.subscribe(early);
    return early;
  }

  @Override
  public void subscribe(CoreSubscriber<? super Object> subscriber) {
    eventLoop.execute(() -> attach(subscriber));
  }

  private void attach(CoreSubscriber<? super Object> subscriber) {
    Subscription to = upstream;
    if (actual != null) {
      Operators.error(
          subscriber,
          new IllegalStateException("what the connection receives has a subscriber already"));
    } else if (error != null) {
      Operators.error(subscriber, error);
    } else if (ended || to == null) {
      Operators.complete(subscriber);
    } else {
      actual = subscriber;
      subscriber.onSubscribe(to);
    }
  }

  /** Nobody else subscribes. Any thread. */
  void letGo() {
    eventLoop.execute(
        () -> {
          if (actual == null && upstream != null) {
            ended = true;
            upstream.cancel();
          }
        });
  }

  @Override
  public void onSubscribe(Subscription subscription) {
    upstream = subscription;
  }

  @Override
  public void onNext(Object value) {
    if (actual != null) { // else nothing was requested
      actual.onNext(value);
    }
  }

  @Override
  public void onError(Throwable error) {
    if (actual == null) {
      this.error = error;
    } else {
      actual.onError(error);
    }
  }

  @Override
  public void onComplete() {
    if (actual == null) {
      ended = true;
    } else {
      actual.onComplete();
    }
  }
}
