/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

/** Waits until a child has ended, however it ends, and asks for nothing of its outcome. */
final class EndAwait extends Awaiter {
  private final CallbackThread<?> child;

  EndAwait(CallbackThreadCore waiter, CallbackThread<?> child) {
    super(waiter);
    this.child = child;
  }

  @Override
  void start() {
    child
        .observers()
        .watch(
            new Observer() {
              @Override
              void ended() {
                complete(null);
              }
            });
  }

  @Override
  String describeWait() {
    return "the end of child '" + child.name() + "'";
  }
}
