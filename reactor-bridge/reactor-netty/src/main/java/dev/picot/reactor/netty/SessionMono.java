/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.netty;

import java.util.concurrent.atomic.AtomicBoolean;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoOperator;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * A WebSocket session, cancelled when its connection has closed, unless it receives: then it learns
 * of the end itself, and may still be busy with what it has received. Reactor Netty lets any
 * session go on for good.
 */
final class SessionMono extends MonoOperator<Void, Void> {
  private final EarlyFlux frames;

  SessionMono(Mono<Void> session, EarlyFlux frames) {
    super(session);
    this.frames = frames;
  }

  @Override
  public void subscribe(CoreSubscriber<? super Void> actual) {
    Session session = new Session(actual);
    source.subscribe(session);
    frames.whenClosedUnseen(session::closed);
  }

  private static final class Session implements CoreSubscriber<Void>, Subscription {
    private final CoreSubscriber<? super Void> actual;
    private final AtomicBoolean ended = new AtomicBoolean();

    /** Written before downstream knows this. */
    private Subscription upstream = Operators.emptySubscription();

    Session(CoreSubscriber<? super Void> actual) {
      this.actual = actual;
    }

    private void closed() {
      if (ended.compareAndSet(false, true)) {
        upstream.cancel();
        actual.onComplete();
      }
    }

    @Override
    public Context currentContext() {
      return actual.currentContext();
    }

    @Override
    public void onSubscribe(Subscription subscription) {
      upstream = subscription;
      actual.onSubscribe(this);
    }

    @Override
    public void onNext(Void nothing) {
      throw new IllegalStateException("a session has no value");
    }

    @Override
    public void onError(Throwable error) {
      if (ended.compareAndSet(false, true)) {
        actual.onError(error);
      } else {
        Operators.onErrorDropped(error, currentContext());
      }
    }

    @Override
    public void onComplete() {
      if (ended.compareAndSet(false, true)) {
        actual.onComplete();
      }
    }

    @Override
    public void request(long count) {
      upstream.request(count);
    }

    @Override
    public void cancel() {
      if (ended.compareAndSet(false, true)) {
        upstream.cancel();
      }
    }
  }
}
