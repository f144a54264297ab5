/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.stream;

/** Who may take elements out of a mailbox; one at a time, see {@link Mailbox#claim}. */
interface Receiver<T> {
  /** Something concerns it, see {@link MailboxState#concernsReceiver}. Any thread, repeatedly. */
  void wake(MailboxState<T> now);
}
