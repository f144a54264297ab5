/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.internal.StackRoom;
import dev.picot.internal.SubscriberContexts;
import dev.picot.internal.Text;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** Waits for a publisher. */
final class PublisherAwait extends Awaiter implements Subscriber<Object> {
  private static final Subscription CANCELLED =
      new Subscription() {
        @Override
        public void request(long n) {}

        @Override
        public void cancel() {}
      };

  private static final VarHandle VALUE;

  static {
    try {
      VALUE = MethodHandles.lookup().findVarHandle(PublisherAwait.class, "value", Object.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Publisher<?> publisher;
  private final Task.Expect expect;

  /** What the publisher finds as its subscriber's context, or null; see {@link Dropped}. */
  private final @Nullable Object context;

  private final AtomicReference<@Nullable Subscription> upstream = new AtomicReference<>();

  /**
   * The value, until the publisher completes. Written by the publisher's signals; taken by them, or
   * by who cancels.
   */
  private volatile @Nullable Object value;

  /** True once nothing more is expected. Written by the publisher's signals. */
  private boolean done;

  PublisherAwait(
      CallbackThreadCore waiter,
      Publisher<?> publisher,
      Task.Expect expect,
      @Nullable Object context) {
    super(waiter);
    this.publisher = publisher;
    this.expect = expect;
    this.context = context;
  }

  @Override
  void start() {
    SubscriberContexts.subscribe(publisher, this, context);
  }

  @Override
  void cancel() {
    cancelUpstream();
    giveHeld(); // it came before the completion: whoever releases late values gets it
  }

  private void giveHeld() {
    Object held = takeHeld();
    if (held != null) {
      give(held);
    }
  }

  private @Nullable Object takeHeld() {
    return VALUE.getAndSet(this, null);
  }

  private void give(Object given) {
    if (!complete(outcome(given))) {
      drop(given);
    }
  }

  private void drop(@Nullable Object late) {
    Dropped.value(waiter(), context, late);
  }

  private void dropError(Throwable late) {
    Dropped.error(waiter(), context, late);
  }

  private void cancelUpstream() {
    Subscription subscription = upstream.getAndSet(CANCELLED);
    if (subscription != null) {
      cancel(subscription);
    }
  }

  /** What it throws must not keep the result from its waiter. */
  private void cancel(Subscription subscription) {
    try {
      subscription.cancel();
    } catch (Throwable e) {
      waiter().scheduler().uncaught("cancel of publisher " + Labels.of(publisher), e);
    }
  }

  /** Ends the wait, also where the publisher does not let its subscriber see what it did. */
  private void violated(Throwable error) {
    if (!done) {
      done = true;
      cancelUpstream();
      drop(takeHeld());
      fail(error);
    }
  }

  private <T> T notNull(@Nullable T signal, String name) {
    if (signal == null) {
      NullPointerException error = new NullPointerException(name);
      violated(error);
      throw error;
    }
    return signal;
  }

  @Override
  public void onSubscribe(Subscription subscription) {
    notNull(subscription, "subscription");
    if (!upstream.compareAndSet(null, subscription)) {
      cancel(subscription);
      return;
    }
    try {
      subscription.request(expect == Task.Expect.FIRST ? 1 : Long.MAX_VALUE);
    } catch (Throwable e) {
      violated(e);
    }
  }

  @Override
  public void onNext(Object next) {
    notNull(next, "next");
    if (done || expect == Task.Expect.DONE) {
      drop(next);
      return;
    }
    if (expect == Task.Expect.FIRST) {
      StackRoom.claim();
      done = true;
      cancelUpstream();
      give(next);
    } else if (value == null) {
      value = next;
      if (isDone()) {
        giveHeld();
      }
    } else {
      done = true;
      cancelUpstream();
      drop(takeHeld());
      drop(next);
      fail(
          new IllegalStateException(
              Text.format(
                  "await got a second value from %s (expected: one). Use Task.awaitFirst, or forEach over all values.",
                  Labels.of(publisher))));
    }
  }

  @Override
  public void onError(Throwable error) {
    notNull(error, "error");
    if (done) {
      dropError(error);
      return;
    }
    StackRoom.claim();
    done = true;
    drop(takeHeld());
    if (!fail(error)) {
      dropError(error);
    }
  }

  @Override
  public void onComplete() {
    if (done) {
      return;
    }
    StackRoom.claim();
    done = true;
    Object held = takeHeld();
    if (held != null) {
      give(held);
    } else if (expect == Task.Expect.ONE_OR_NONE || expect == Task.Expect.DONE) {
      complete(outcome(null));
    } else {
      fail(
          new NoSuchElementException(
              Text.format(
                  "await got no value from %s (expected: one). Use Task.awaitOptional, or Task.awaitDone.",
                  Labels.of(publisher))));
    }
  }

  private @Nullable Object outcome(@Nullable Object held) {
    return expect == Task.Expect.ONE_OR_NONE ? Optional.ofNullable(held) : held;
  }

  @Override
  String describeWait() {
    return "publisher " + Labels.of(publisher);
  }
}
