/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.stream;

import org.jspecify.annotations.Nullable;

/**
 * A mailbox is closed: it takes no element any more, or has none left. The cause is the error that
 * closed it, if there was one.
 *
 * @since 0.1
 */
public final class MailboxClosedException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  MailboxClosedException(String attempt, @Nullable Throwable cause) {
    super(
        attempt
            + " a mailbox that "
            + (cause == null ? "was closed" : "was closed by an error")
            + ". Handle this exception, or use forEach, which completes.",
        cause);
  }
}
