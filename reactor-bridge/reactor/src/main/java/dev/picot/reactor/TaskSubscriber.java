/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.util.context.Context;

/** Between a callback thread and its subscriber: answers what Reactor's own sources answer. */
final class TaskSubscriber<T> implements CoreSubscriber<T>, Subscription, Scannable {
  private final CoreSubscriber<? super T> actual;

  /** Of a source of one value that of Reactor's own; of a source of many none is requested. */
  private final int prefetch;

  /** Written before anything else happens. */
  private @Nullable Subscription upstream;

  /** Written by the subscriber. */
  private volatile boolean cancelled;

  /** Written with the last signal, the error first. */
  private volatile boolean terminated;

  private @Nullable Throwable error;

  TaskSubscriber(CoreSubscriber<? super T> actual, int prefetch) {
    this.actual = actual;
    this.prefetch = prefetch;
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
  public void onNext(T next) {
    actual.onNext(next);
  }

  @Override
  public void onError(Throwable reason) {
    error = reason;
    terminated = true;
    actual.onError(reason);
  }

  @Override
  public void onComplete() {
    terminated = true;
    actual.onComplete();
  }

  @Override
  public void request(long n) {
    Subscription source = upstream;
    if (source != null) {
      source.request(n);
    }
  }

  @Override
  public void cancel() {
    cancelled = true;
    Subscription source = upstream;
    if (source != null) {
      source.cancel();
    }
  }

  @Override
  @SuppressWarnings("rawtypes") // as Reactor declares it
  public @Nullable Object scanUnsafe(Attr key) {
    if (key == Attr.ACTUAL) {
      return actual;
    }
    if (key == Attr.PREFETCH) {
      return prefetch;
    }
    if (key == Attr.TERMINATED) {
      return terminated;
    }
    if (key == Attr.CANCELLED) {
      return cancelled;
    }
    if (key == Attr.ERROR) {
      return terminated ? error : null;
    }
    return key == Attr.RUN_STYLE ? Attr.RunStyle.ASYNC : null;
  }
}
