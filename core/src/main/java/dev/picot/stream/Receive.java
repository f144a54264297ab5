/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.stream;

import dev.picot.AsyncSink;
import dev.picot.internal.LateValue;
import java.util.Optional;

/** A callback thread waits for one element. */
final class Receive<T> extends LateValue implements Receiver<T> {
  /** What it ends with. */
  enum Shape {
    /** The element; once there will be none, an error. */
    ELEMENT,
    /** The same, in an Optional. */
    OPTIONAL,
    /** The element; once there will be none, END, or the error that closed the mailbox. */
    ELEMENT_OR_END
  }

  static final Object END = new Object();

  private final Mailbox<T> mailbox;
  private final Shape shape;
  private final AsyncSink<Object> sink;

  Receive(Mailbox<T> mailbox, Shape shape, AsyncSink<Object> sink) {
    this.mailbox = mailbox;
    this.shape = shape;
    this.sink = sink;
  }

  /** In a slice. */
  void start() {
    sink.onCancel(this::release);
    mailbox.claim(this);
  }

  @Override
  public void wake(MailboxState<T> now) {
    if (!now.elements().isEmpty()) {
      sink.success(this);
    } else if (mailbox.give(this)) {
      if (shape == Shape.ELEMENT_OR_END && now.cause() == null) {
        sink.success(END);
      } else {
        sink.error(mailbox.closedException("receive from"));
      }
    }
  }

  @Override
  public Object take() {
    T element = mailbox.take(this, false);
    if (element == null) {
      release();
      if (shape == Shape.ELEMENT_OR_END) {
        return END;
      }
      throw mailbox.closedException("receive from");
    }
    return shape == Shape.OPTIONAL ? Optional.of(element) : element;
  }

  @Override
  public void release() {
    boolean unused = mailbox.give(this);
  }
}
