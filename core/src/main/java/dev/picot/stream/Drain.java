/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.stream;

import dev.picot.AsyncSink;
import dev.picot.Emitter;
import dev.picot.Task;
import dev.picot.internal.LateValue;
import org.jspecify.annotations.Nullable;

/**
 * A subscriber of the publisher view: receives as long as it is subscribed. An element is taken
 * within the gate of the subscription, after demand was there; so a cancellation loses none.
 */
final class Drain<T> implements Receiver<T> {
  private final Mailbox<T> mailbox;

  /** Who waits for the next element, or has. Written by the slices of the stream. */
  private volatile @Nullable AsyncSink<Boolean> sink;

  Drain(Mailbox<T> mailbox) {
    this.mailbox = mailbox;
  }

  Task<Void> into(Emitter<T> emitter) {
    return Task.async(this::await)
        .flatMap(more -> more ? emit(emitter).flatMap(emitted -> into(emitter)) : end());
  }

  private void await(AsyncSink<Boolean> waiting) {
    sink = waiting;
    MailboxState<T> now = mailbox.state();
    if (now.concernsReceiver()) {
      wake(now);
    }
  }

  @SuppressWarnings("unchecked") // the subscription takes the element when it signals it
  private Task<Void> emit(Emitter<T> emitter) {
    return ((Emitter<Object>) emitter)
        .emit(new Next())
        .onErrorResume(MailboxClosedException.class, emptied -> Task.done());
  }

  private Task<Void> end() {
    Throwable cause = mailbox.state().cause();
    return cause == null ? Task.done() : Task.error(cause);
  }

  @Override
  public void wake(MailboxState<T> now) {
    AsyncSink<Boolean> waiting = sink;
    if (waiting != null) {
      waiting.success(!now.elements().isEmpty());
    }
  }

  /** It is not the receiver any more. */
  void release() {
    boolean unused = mailbox.give(this);
  }

  /** The oldest element, once there is demand. */
  private final class Next extends LateValue {
    @Override
    public Object take() {
      T element = mailbox.take(Drain.this, true);
      if (element == null) {
        throw mailbox.closedException("receive from");
      }
      return element;
    }

    @Override
    public void release() {} // the drain stays the receiver
  }
}
