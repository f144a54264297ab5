/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.internal.SubscriberContexts;
import dev.picot.internal.Text;
import dev.picot.loop.LoopThread;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** One execution of a {@link Task#forEach}: the subscriber, and what its callback thread does. */
@SuppressWarnings({"unchecked", "rawtypes"}) // Task types what is untyped here
final class ForEach implements Subscriber<Object> {
  /*
   * The publisher's signals only pass through `signals`; whatever calls the publisher runs in
   * steps. The exception are subscriptions that nobody wants, a second or a late one: they are
   * cancelled where they come, which is the publisher's own thread.
   */
  private static final Object SUBSCRIBED = new Object();

  private static final Subscription CANCELLED =
      new Subscription() {
        @Override
        public void request(long n) {}

        @Override
        public void cancel() {}
      };

  /** The last signal. */
  private record End(@Nullable Throwable error) {}

  private final CallbackThreadCore self;
  private final Publisher<?> publisher;
  private final Step step;

  private final int prefetch;

  /** What the publisher finds as its subscriber's context, or null; see {@link Dropped}. */
  private final @Nullable Object context;

  private final Signals signals = new Signals();

  /** The subscription; CANCELLED when it has ended, from either side. */
  private final AtomicReference<@Nullable Subscription> upstream = new AtomicReference<>();

  /** How many values were begun with. Steps only. */
  private long begun;

  /** Whether the last signal was taken. Steps only. */
  private boolean ended;

  /** How many values were requested. Written by steps. */
  private volatile long requested;

  /** How many values came. The publisher's signals only. */
  private long received;

  /** Whether the last signal came. Written by the publisher's signals, and steps that call it. */
  private volatile boolean done;

  /** What the publisher violated, if that was the last signal. Written before {@link #done}. */
  private @Nullable Throwable violation;

  ForEach(
      CallbackThreadCore self, Publisher<?> publisher, Task.Each each, @Nullable Object context) {
    this.self = self;
    this.publisher = publisher;
    this.step = each.step();
    this.prefetch = each.prefetch();
    this.context = context;
  }

  Task<?> task() {
    return Task.run(this::subscribe)
        .then(Task.whileLoop(() -> !ended, this::next))
        .doFinally(outcome -> close());
  }

  private void subscribe() {
    try {
      SubscriberContexts.subscribe(publisher, this, context);
    } catch (Throwable e) {
      threw(e);
    }
  }

  /** What to do until it is to be asked again. */
  private Task<?> next() throws Exception {
    request();
    Object signal = signals.poll();
    if (signal == null) {
      // Closed before its end: this is an orphan, which has nothing to go on with.
      return signals.isClosed() ? Task.unwinding(null) : Task.signal(this);
    } else if (signal == SUBSCRIBED) {
      return Task.done();
    } else if (signal instanceof End end) {
      ended = true;
      return end.error == null ? Task.done() : Task.error(end.error);
    }
    begun++;
    return Task.made((Task<?>) step.apply(signal), step);
  }

  /** What was begun is done. Requests half of the prefetch at once, so some are on their way. */
  private void request() {
    Subscription subscription = upstream.get();
    long target = begun + prefetch;
    long now = target - requested;
    if (subscription == null || done || now < prefetch - prefetch / 2) {
      return;
    }
    requested = target;
    try {
      subscription.request(now);
    } catch (Throwable e) {
      threw(e);
    }
  }

  private void threw(Throwable error) {
    if (!done) {
      violated(error);
    } else if (error != violation) {
      self.scheduler().uncaught(describe() + " after its end", error);
    }
  }

  /** The publisher did what it must not: to be told to the callback thread after what came. */
  private void violated(Throwable error) {
    if (!done) {
      violation = error;
      done = true;
      signals.push(new End(error));
    }
  }

  void await(SignalAwait awaiter) {
    signals.await(awaiter);
  }

  /** Takes no more signals; in a step, also twice. */
  void close() {
    // After a failed stall this is not the slice that polls, which may be stuck in the middle of
    // it.
    signals.close(LoopThread.currentTask() == self, this::drop);
    Subscription subscription = upstream.getAndSet(CANCELLED);
    if (subscription != null) {
      cancel(subscription);
    }
  }

  private void push(Object signal) {
    if (!signals.push(signal)) {
      drop(signal);
    }
  }

  private void drop(Object signal) {
    if (!(signal instanceof End end)) {
      if (signal != SUBSCRIBED) {
        Dropped.value(self, context, signal);
      }
    } else if (end.error != null && end.error != violation) {
      Dropped.error(self, context, end.error);
    }
  }

  private void cancel(Subscription subscription) {
    try {
      subscription.cancel();
    } catch (Throwable e) {
      self.scheduler().uncaught("cancel of " + describe(), e);
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
    if (upstream.compareAndSet(null, subscription)) {
      signals.push(SUBSCRIBED);
    } else {
      cancel(subscription);
    }
  }

  @Override
  public void onNext(Object next) {
    notNull(next, "next");
    if (done) {
      drop(next);
      return;
    }
    if (++received > requested) {
      violated(
          new IllegalStateException(
              Text.format(
                  "forEach got value number %d from %s (requested: %d). Put a buffer between, such as onBackpressureBuffer.",
                  received, Labels.of(publisher), requested)));
      drop(next);
    } else {
      push(next);
    }
  }

  @Override
  public void onError(Throwable error) {
    end(notNull(error, "error"));
  }

  @Override
  public void onComplete() {
    end(null);
  }

  private void end(@Nullable Throwable error) {
    if (!done) {
      done = true;
      upstream.set(CANCELLED);
      push(new End(error));
    } else if (error != null) {
      drop(new End(error));
    }
  }

  String describe() {
    return "publisher " + Labels.of(publisher);
  }
}
