/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** A subscriber that does nothing. */
final class IgnoringSubscriber implements Subscriber<Object> {
  @Override
  public void onSubscribe(Subscription subscription) {}

  @Override
  public void onNext(Object value) {}

  @Override
  public void onError(Throwable error) {}

  @Override
  public void onComplete() {}
}
