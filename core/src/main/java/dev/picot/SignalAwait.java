/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

/** Waits for the next signal of a publisher whose values are handled one by one. */
final class SignalAwait extends Awaiter {
  private final ForEach publisher;

  SignalAwait(CallbackThreadCore waiter, ForEach publisher) {
    super(waiter);
    this.publisher = publisher;
  }

  @Override
  void start() {
    publisher.await(this);
  }

  @Override
  void cancel() {
    dropOrphan(); // no signal gives what an acquire waits for
    publisher.close();
  }

  @Override
  String describeWait() {
    return publisher.describe();
  }
}
