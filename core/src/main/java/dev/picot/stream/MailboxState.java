/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.stream;

import org.jspecify.annotations.Nullable;

/**
 * Everything that a mailbox shares, at one moment.
 *
 * @param elements what is inside, oldest first
 * @param reserved rooms for elements that subscriber views have requested
 * @param waiting who waits for room, oldest first
 * @param receiver who may take, or null
 * @param views the subscriber views with an upstream; none once closed
 * @param closed null while it is open
 */
record MailboxState<T>(
    Fifo<T> elements,
    int reserved,
    Fifo<Waiting<T>> waiting,
    @Nullable Receiver<T> receiver,
    Fifo<SubscriberView<T>> views,
    @Nullable Closed closed) {
  /** Why it was closed. */
  record Closed(@Nullable Throwable cause) {}

  static <T> MailboxState<T> empty() {
    return new MailboxState<>(Fifo.empty(), 0, Fifo.empty(), null, Fifo.empty(), null);
  }

  boolean isClosed() {
    return closed != null;
  }

  /** Whether a receiver has something to do: an element, or to hear that there will be none. */
  boolean concernsReceiver() {
    return !elements.isEmpty() || isOver();
  }

  /** Whether no element will ever be there again. */
  boolean isOver() {
    return isClosed() && elements.isEmpty() && waiting.isEmpty();
  }

  @Nullable Throwable cause() {
    return closed == null ? null : closed.cause();
  }

  MailboxState<T> withElements(Fifo<T> now) {
    return new MailboxState<>(now, reserved, waiting, receiver, views, closed);
  }

  MailboxState<T> plus(T element) {
    return withElements(elements.plus(element));
  }

  MailboxState<T> withReserved(int now) {
    return new MailboxState<>(elements, now, waiting, receiver, views, closed);
  }

  MailboxState<T> withWaiting(Fifo<Waiting<T>> now) {
    return new MailboxState<>(elements, reserved, now, receiver, views, closed);
  }

  MailboxState<T> withReceiver(@Nullable Receiver<T> now) {
    return new MailboxState<>(elements, reserved, waiting, now, views, closed);
  }

  MailboxState<T> withViews(Fifo<SubscriberView<T>> now) {
    return new MailboxState<>(elements, reserved, waiting, receiver, now, closed);
  }

  MailboxState<T> closed(@Nullable Throwable cause) {
    return new MailboxState<>(
        elements, reserved, waiting, receiver, Fifo.empty(), new Closed(cause));
  }
}
