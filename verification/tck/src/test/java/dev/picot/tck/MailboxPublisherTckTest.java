/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.tck;

import dev.picot.LoopScheduler;
import dev.picot.Task;
import dev.picot.stream.Mailbox;
import org.reactivestreams.Publisher;

/** {@code Mailbox.asPublisher}: a mailbox for each subscriber, filled by a callback thread. */
public class MailboxPublisherTckTest extends StreamContract {
  private static final int CAPACITY = 4;

  /** Beyond it the mailbox is filled for ever. */
  private static final long MANY = Integer.MAX_VALUE;

  @Override
  Publisher<Integer> publisher(LoopScheduler on, long elements) {
    return subscriber -> {
      Mailbox<Integer> mailbox = Mailbox.bounded(CAPACITY);
      Publisher<Integer> view = mailbox.asPublisher(on);
      if (subscriber != null && !on.toString().contains("closed")) {
        var filling = on.spawn(fill(mailbox, elements).doOnSuccess(all -> mailbox.close()));
        var unused = filling.toFuture(); // so that nobody reports how it ended
      }
      view.subscribe(subscriber);
    };
  }

  private static Task<Void> fill(Mailbox<Integer> mailbox, long left) {
    return left == 0
        ? Task.done()
        : mailbox
            .send((int) Math.min(left, MANY))
            .flatMap(sent -> fill(mailbox, left == Long.MAX_VALUE ? left : left - 1));
  }
}
