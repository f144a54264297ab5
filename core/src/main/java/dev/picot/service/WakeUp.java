/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.service;

import dev.picot.AsyncSink;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Lets one callback thread wait until something has happened that it will look for itself. */
final class WakeUp {
  /*
   * States
   *   null       nothing has happened since the last clear(); nobody waits
   *   a sink     nothing has happened; its callback thread waits, or has stopped to wait
   *   HAPPENED   something has happened, and whoever waited was told
   * Transitions
   *   any       -> null       clear     the waiter, before it looks       volatile write
   *   null      -> a sink     await     the waiter, after it has looked   CAS
   *   any       -> HAPPENED   happened  any thread                        exchange; tells a sink
   * Whatever happens before clear() is found by the look after it. What happens later meets the
   * sink, or await() meets HAPPENED.
   */
  private static final Object HAPPENED = new Object();

  private final AtomicReference<@Nullable Object> state = new AtomicReference<>();

  void clear() {
    state.set(null);
  }

  void await(AsyncSink<Boolean> sink) {
    if (!state.compareAndSet(null, sink)) {
      tell(sink);
    }
  }

  @SuppressWarnings("unchecked") // it is HAPPENED or what await() was given
  void happened() {
    Object before = state.getAndSet(HAPPENED);
    if (before instanceof AsyncSink<?> sink) {
      tell((AsyncSink<Boolean>) sink);
    }
  }

  private static void tell(AsyncSink<Boolean> sink) {
    boolean unused = sink.success(true);
  }
}
