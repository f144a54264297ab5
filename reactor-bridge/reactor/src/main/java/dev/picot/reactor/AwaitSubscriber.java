/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.util.context.Context;

/** A callback thread that awaits a publisher, as Reactor sees it. */
final class AwaitSubscriber implements CoreSubscriber<Object>, Scannable {
  private final Subscriber<Object> waiting;
  private final Context context;

  /** Written by the publisher before anything else happens. */
  private @Nullable Subscription upstream;

  AwaitSubscriber(Subscriber<Object> waiting, Context context) {
    this.waiting = waiting;
    this.context = context;
  }

  @Override
  public Context currentContext() {
    return context;
  }

  @Override
  public void onSubscribe(Subscription subscription) {
    upstream = subscription;
    waiting.onSubscribe(subscription);
  }

  @Override
  public void onNext(Object next) {
    waiting.onNext(next);
  }

  @Override
  public void onError(Throwable error) {
    waiting.onError(error);
  }

  @Override
  public void onComplete() {
    waiting.onComplete();
  }

  @Override
  @SuppressWarnings("rawtypes") // as Reactor declares it
  public @Nullable Object scanUnsafe(Attr key) {
    if (key == Attr.RUN_STYLE) {
      return Attr.RunStyle.ASYNC;
    }
    return key == Attr.PARENT ? upstream : null;
  }
}
