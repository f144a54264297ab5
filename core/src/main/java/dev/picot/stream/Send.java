/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.stream;

import dev.picot.AsyncSink;

/** A callback thread waits until its element fits. */
final class Send<T> extends Waiting<T> {
  private final Mailbox<T> mailbox;
  private final T element;
  private final AsyncSink<Void> sink;

  Send(Mailbox<T> mailbox, T element, AsyncSink<Void> sink) {
    this.mailbox = mailbox;
    this.element = element;
    this.sink = sink;
  }

  /** In a slice. */
  void start() {
    sink.onCancel(this::giveUp);
    mailbox.enqueue(this);
  }

  private void giveUp() {
    if (leave()) {
      mailbox.undelivered(element);
    }
  }

  @Override
  MailboxState<T> into(MailboxState<T> state) {
    return state.plus(element);
  }

  @Override
  void decided() {
    if (isAdmitted()) {
      succeed(sink);
    } else {
      sink.error(mailbox.closedException("send to"));
    }
  }

  @SuppressWarnings("NullAway") // a Task<Void> completes with null
  static void succeed(AsyncSink<Void> sink) {
    sink.success(null);
  }

  @Override
  void afterwards() {
    if (!isAdmitted()) {
      mailbox.undelivered(element);
    }
  }
}
