/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor;

import dev.picot.ContextKey;
import dev.picot.internal.SubscriberContexts;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/** Reactor's Context in the context of callback threads. */
final class ReactorContexts extends SubscriberContexts {
  static final ContextKey<ContextView> KEY = ContextKey.of("Reactor Context", ContextView.class);

  static {
    know(new ReactorContexts());
  }

  private ReactorContexts() {
    super(KEY);
  }

  /** Before a subscriber is shown to core: by being here it has happened. */
  static void register() {}

  @Override
  protected @Nullable Object of(Subscriber<?> subscriber) {
    return subscriber instanceof CoreSubscriber<?> core ? core.currentContext() : null;
  }

  @Override
  public Object join(Object inherited, Object own) {
    return context(inherited).putAll(context(own).readOnly());
  }

  @Override
  protected void subscribeWith(
      Object context, Publisher<?> publisher, Subscriber<Object> subscriber) {
    publisher.subscribe(new AwaitSubscriber(subscriber, context(context)));
  }

  @Override
  public void discard(Object value, Object context) {
    Operators.onDiscard(value, context(context));
  }

  @Override
  public void drop(Throwable error, Object context) {
    Operators.onErrorDropped(error, context(context));
  }

  private static Context context(Object value) {
    return value instanceof Context context ? context : Context.of((ContextView) value);
  }
}
