/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.stream;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** Puts the elements of one publisher into a mailbox; requests each only when there is room. */
final class SubscriberView<T> implements Subscriber<T> {
  /*
   * A view holds one credit at most: a reserved room, and one element requested for it. It waits for
   * room in the same queue as those who send.
   *
   * Bits of `due`
   *   REQUEST  the upstream is to be asked for more           any thread, after the credit
   *   CANCEL   the upstream is to be cancelled; stays          any thread
   *   BUSY     somebody calls the upstream                     who set it, until nothing is due
   *   OVER     the upstream has ended; nothing is due; stays   the upstream's signal
   * So the calls of one upstream are serial, and a request from within onNext does not recurse.
   */
  private static final int REQUEST = 0b0001;
  private static final int CANCEL = 0b0010;
  private static final int BUSY = 0b0100;
  private static final int OVER = 0b1000;

  private final Mailbox<T> mailbox;
  private final AtomicReference<@Nullable Subscription> upstream = new AtomicReference<>();
  private final AtomicInteger due = new AtomicInteger();

  /** Whether it holds a credit. Written before the request for it, then by onNext. */
  private volatile boolean credit;

  SubscriberView(Mailbox<T> mailbox) {
    this.mailbox = mailbox;
  }

  @Override
  public void onSubscribe(Subscription subscription) {
    Objects.requireNonNull(subscription, "subscription");
    if (!upstream.compareAndSet(null, subscription)) {
      subscription.cancel();
    } else if (!mailbox.add(this)) {
      cancel();
    } else if (mailbox.dropsOldest()) {
      due(REQUEST);
    } else {
      mailbox.enqueue(new Credit());
    }
  }

  @Override
  public void onNext(T element) {
    Objects.requireNonNull(element, "element");
    boolean reserved = credit;
    credit = false;
    if ((reserved || mailbox.dropsOldest()) && mailbox.put(element, reserved)) {
      if (reserved) {
        mailbox.enqueue(new Credit());
      }
      return;
    }
    boolean unused =
        mailbox.closeBecauseOf(
            new IllegalStateException(
                "a publisher gave a mailbox more than was requested (Reactive Streams 1.1)"));
    mailbox.undelivered(element);
  }

  @Override
  public void onError(Throwable error) {
    Objects.requireNonNull(error, "error");
    over();
    boolean unused = mailbox.closeBecauseOf(error);
  }

  @Override
  public void onComplete() {
    over();
    mailbox.close();
  }

  private void over() {
    due.getAndUpdate(bits -> bits | OVER);
  }

  void cancel() {
    due(CANCEL);
  }

  private void due(int what) {
    if ((due.getAndUpdate(bits -> bits | what | BUSY) & BUSY) != 0) {
      return;
    }
    for (int bits = due.get(); (bits & OVER) == 0; bits = due.get()) {
      if ((bits & CANCEL) != 0) {
        call(Subscription::cancel);
        over();
      } else if ((bits & REQUEST) != 0) {
        due.getAndUpdate(seen -> seen & ~REQUEST);
        call(to -> to.request(mailbox.dropsOldest() ? Long.MAX_VALUE : 1));
      } else if (due.compareAndSet(bits, bits & ~BUSY)) {
        return;
      }
    }
  }

  private void call(Consumer<Subscription> action) {
    try {
      action.accept(Objects.requireNonNull(upstream.get()));
    } catch (Throwable e) { // which the specification forbids: the end of the upstream
      over();
      if (!mailbox.closeBecauseOf(e)) {
        Mailbox.report("cancel of the publisher of a mailbox failed", e);
      }
    }
  }

  /** A room for the next element. */
  private final class Credit extends Waiting<T> {
    @Override
    MailboxState<T> into(MailboxState<T> state) {
      return state.withReserved(state.reserved() + 1);
    }

    @Override
    void decided() {
      credit = isAdmitted();
    }

    @Override
    void afterwards() {
      if (isAdmitted()) {
        due(REQUEST);
      }
    }
  }
}
