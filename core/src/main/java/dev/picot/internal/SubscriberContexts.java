/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.internal;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;

/**
 * A reactive library whose subscribers have a context, as callback threads see it. The context of a
 * callback thread has it under one key; where it is not set, nothing here is called.
 *
 * <p>Everything here may run the user's code, so it is called where that may run: in slices, by
 * publishers, and on threads that own no loop any more.
 */
public abstract class SubscriberContexts {
  /** The one library that there is a bridge to. Written by the bridge. */
  private static volatile @Nullable SubscriberContexts known;

  private final Object key;

  /**
   * For the bridge.
   *
   * @param key under which the context of a callback thread has that of its subscriber
   */
  protected SubscriberContexts(Object key) {
    this.key = key;
  }

  /**
   * Makes a library known; before its key is used.
   *
   * @param library how it treats contexts
   */
  public static void know(SubscriberContexts library) {
    known = library;
  }

  /** {@return the library, or null if no bridge was used yet} */
  public static @Nullable SubscriberContexts known() {
    return known;
  }

  /**
   * Asks a subscriber for its context.
   *
   * @param subscriber of any library
   * @return the context; null if it has none that is known
   */
  public static @Nullable Object contextOf(Subscriber<?> subscriber) {
    SubscriberContexts library = known;
    return library == null ? null : library.of(subscriber);
  }

  /**
   * Subscribes, with a context if there is one.
   *
   * @param publisher to whom
   * @param subscriber who gets the signals
   * @param context what the publisher finds as the subscriber's context, or null
   */
  public static void subscribe(
      Publisher<?> publisher, Subscriber<Object> subscriber, @Nullable Object context) {
    SubscriberContexts library = known;
    if (library == null || context == null) {
      publisher.subscribe(subscriber);
    } else {
      library.subscribeWith(context, publisher, subscriber);
    }
  }

  /** {@return the key in the context of a callback thread} */
  public final Object key() {
    return key;
  }

  /**
   * Asks a subscriber for its context.
   *
   * @param subscriber of any library
   * @return the context; null if it is not a subscriber of this library
   */
  protected abstract @Nullable Object of(Subscriber<?> subscriber);

  /**
   * Puts two contexts together.
   *
   * @param inherited what the callback thread begins with
   * @param own that of its subscriber, which wins
   * @return the context of the callback thread
   */
  public abstract Object join(Object inherited, Object own);

  /**
   * Subscribes with a context.
   *
   * @param context what the publisher finds as the subscriber's context
   * @param publisher to whom
   * @param subscriber who gets the signals
   */
  protected abstract void subscribeWith(
      Object context, Publisher<?> publisher, Subscriber<Object> subscriber);

  /**
   * A value will be given to nobody.
   *
   * @param value the value
   * @param context of whom it was for
   */
  public abstract void discard(Object value, Object context);

  /**
   * An error will be told to nobody.
   *
   * @param error the error
   * @param context of whom it was for
   */
  public abstract void drop(Throwable error, Object context);
}
