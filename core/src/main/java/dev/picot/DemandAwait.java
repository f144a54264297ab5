/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

/** Waits until the subscriber of a stream requests a value. */
final class DemandAwait extends Awaiter {
  private final StreamSubscription subscription;

  DemandAwait(CallbackThreadCore waiter, StreamSubscription subscription) {
    super(waiter);
    this.subscription = subscription;
  }

  @Override
  void start() {
    subscription.tell(this);
  }

  @Override
  String describeWait() {
    return "demand of " + subscription.describeSubscriber();
  }
}
