/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor;

import dev.picot.loop.Loop;
import dev.picot.loop.LoopTask;
import dev.picot.loop.LoopThread;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.Scannable;
import reactor.core.publisher.Operators;
import reactor.util.concurrent.Queues;
import reactor.util.context.Context;

/**
 * Keeps the values of a {@code Flux} until a slice of the loop that subscribed signals them.
 *
 * <p>If that slice gets stuck it is detached, never failed.
 */
// Over 250 lines: one queue, and all that must not be done to it at the same time.
final class BurstSubscriber<T> extends LoopTask
    implements CoreSubscriber<T>, Subscription, Scannable {
  /*
   * The word `events`: how much has happened since whoever signals has looked.
   *
   * States
   *   0          nobody signals                                    owner of the queue's end: nobody
   *   1 and more somebody signals, or is in an inbox to do so      owner of the queue's end: it
   * Transitions
   *   0 -> 1          happened  any thread: it owns the end, and posts the slice or signals itself
   *   n -> n + 1      happened  any thread: the owner will look again
   *   n -> n - seen   looked    the owner, after its slice; at 0 it is the owner no more
   * Invariants
   *   1. It is in one place at most, because only 0 -> 1 and the owner post it.
   *   2. A slice ends before its owner looks whether more has happened, so nobody posts what runs.
   *   3. A slice that was taken over signals what it is in, and posts the rest home.
   */

  /**
   * So many values are signalled in a slice, and looks without a value count as one; then the other
   * tasks of the loop have their turn.
   */
  private static final int MOST_VALUES = 256;

  private final CoreSubscriber<? super T> actual;
  private final Loop home;
  private final int prefetch;
  private final int refill;

  /** What subscribes, until this is over: it may be the one before it, and keep all before that. */
  private @Nullable LoopTask subscribing;

  /** The source offers, the owner of its end polls. */
  private final Queue<T> queue;

  /** Made after the queue, which keeps it off the line of the fields that every value reads. */
  private final AtomicInteger events;

  /** What downstream wants and has not got. Any thread adds; the owner of the end takes. */
  private final AtomicLong requested = new AtomicLong();

  /** Written by the source before anything else happens. */
  private @Nullable Subscription upstream;

  /** Written with the last signal of the source, the error first. */
  private volatile boolean done;

  private @Nullable Throwable error;

  /** Only ever set. */
  private volatile boolean cancelled;

  /** Whether the end was signalled. Owner of the queue's end. */
  private boolean ended;

  /** How many values were polled since some were requested. Owner of the queue's end. */
  private int polled;

  BurstSubscriber(
      CoreSubscriber<? super T> actual, Loop home, @Nullable LoopTask subscribing, int prefetch) {
    this.actual = actual;
    this.home = home;
    this.subscribing = subscribing;
    this.prefetch = prefetch;
    this.refill = prefetch - (prefetch >> 2);
    this.queue = Queues.<T>get(prefetch).get();
    this.events = new AtomicInteger();
  }

  @Override
  public void onSubscribe(Subscription subscription) {
    if (Operators.validate(upstream, subscription)) {
      upstream = subscription;
      actual.onSubscribe(this);
      subscription.request(prefetch);
    }
  }

  @Override
  public void onNext(T next) {
    if (done) {
      Operators.onNextDropped(next, currentContext());
    } else if (cancelled) {
      Operators.onDiscard(next, currentContext());
    } else if (queue.offer(next)) {
      happened();
    } else {
      Operators.onDiscard(next, currentContext());
      Throwable overflow = Exceptions.failWithOverflow(Exceptions.BACKPRESSURE_ERROR_QUEUE_FULL);
      onError(Operators.onOperatorError(upstream, overflow, next, currentContext()));
    }
  }

  @Override
  public void onComplete() {
    if (!done) {
      done = true;
      happened();
    }
  }

  @Override
  public void onError(Throwable reason) {
    if (done || cancelled) {
      Operators.onErrorDropped(reason, currentContext());
    } else {
      error = reason;
      done = true;
      happened();
    }
  }

  @Override
  public void request(long n) {
    if (Operators.validate(n)) {
      requested.accumulateAndGet(n, Operators::addCap);
      happened();
    }
  }

  @Override
  public void cancel() {
    stop();
    happened();
  }

  private void stop() {
    cancelled = true;
    Subscription source = upstream;
    if (source != null) {
      source.cancel();
    }
  }

  private void happened() {
    if (events.getAndIncrement() > 0) {
      return;
    }
    if (cancelled || isWithinTheStep()) {
      signalHere();
    } else if (!queue.isEmpty() || (done && !ended)) {
      post();
    } else if (events.decrementAndGet() > 0) { // demand alone is no reason for a slice
      post();
    }
  }

  private void signalHere() {
    LoopThread slice = LoopThread.current();
    int seen;
    try {
      do {
        seen = events.get();
        if (signal(MOST_VALUES, slice) == 0) {
          post();
          return;
        }
      } while (events.addAndGet(-seen) != 0);
    } catch (Throwable e) { // which the specification forbids
      abandon();
      throw e;
    }
  }

  /** The owner of the end: signals nothing more, and leaves nothing behind. */
  private void abandon() {
    stop();
    int seen;
    do {
      seen = events.get();
      discardAll();
      dropError();
    } while (events.addAndGet(-seen) != 0);
  }

  /** Whether the step that subscribed is still running, or another one of its callback thread. */
  private boolean isWithinTheStep() {
    return LoopThread.isInSliceOf(subscribing);
  }

  private void post() {
    if (home.post(this)) {
      return;
    }
    boolean isWanted = !cancelled && !ended;
    Throwable cause = null;
    if (isWanted && done) {
      cause = error;
      ended = true;
    }
    abandon();
    if (isWanted) {
      actual.onError(OffLoop.homeEnded(home.name(), cause));
    }
  }

  @Override
  protected void runSlice(LoopThread thread) {
    int left = MOST_VALUES;
    int seen;
    boolean owns;
    try {
      do {
        seen = events.get();
        left = signal(left, thread) - 1;
      } while (left > 0 && seen != events.get() && LoopThread.current() != null);
    } catch (Throwable e) { // which the specification forbids
      abandon();
      throw e;
    } finally {
      owns = thread.exitSlice();
    }
    if (left >= 0 && events.addAndGet(-seen) == 0) {
      return;
    }
    if (owns) {
      thread.loop().ready(this); // not always its home: loops come and go
    } else {
      post();
    }
  }

  /** Returns how many more it might have signalled; 0 if there may be values left. */
  private int signal(int most, @Nullable LoopThread slice) {
    long wanted = requested.get();
    int signalled = 0;
    boolean isThrough = true;
    int used = polled; // the field shares a line with what the source reads for each value
    while (!isOver()) {
      if (signalled == wanted) {
        wanted = requested.get();
      }
      if (signalled == wanted) {
        break;
      }
      if (signalled == most || (slice != null && LoopThread.current() == null)) {
        isThrough = false;
        break;
      }
      T next = queue.poll(); // whether it is empty would be read from where the source writes
      if (next == null) {
        break;
      }
      signalled++;
      actual.onNext(next);
      if (++used == refill) {
        used = 0;
        more();
      }
    }
    polled = used;
    requested.accumulateAndGet(signalled, BurstSubscriber::less);
    return isThrough ? most - signalled : 0;
  }

  private static long less(long demand, long signalled) {
    return demand == Long.MAX_VALUE ? demand : demand - signalled;
  }

  private void more() {
    Subscription source = upstream;
    if (source != null) {
      source.request(refill);
    }
  }

  /** An error that has come and will not be signalled. */
  private void dropError() {
    if (!ended && done) {
      ended = true;
      if (error != null) {
        Operators.onErrorDropped(error, currentContext());
      }
    }
  }

  /** Ends what has ended. */
  private boolean isOver() {
    if (cancelled || ended) {
      subscribing = null;
      discardAll();
      dropError();
      return true;
    }
    if (!done || !queue.isEmpty()) { // in this order: what came before the end is in the queue
      return false;
    }
    ended = true;
    subscribing = null;
    if (error == null) {
      actual.onComplete();
    } else {
      actual.onError(error);
    }
    return true;
  }

  private void discardAll() {
    Operators.onDiscardQueueWithClear(queue, currentContext(), null);
  }

  @Override
  public Context currentContext() {
    return actual.currentContext();
  }

  @Override
  @SuppressWarnings("rawtypes") // as Reactor declares it
  public @Nullable Object scanUnsafe(Attr key) {
    if (key == Attr.PARENT) {
      return upstream;
    }
    if (key == Attr.ACTUAL) {
      return actual;
    }
    if (key == Attr.PREFETCH) {
      return prefetch;
    }
    if (key == Attr.BUFFERED) {
      return queue.size();
    }
    if (key == Attr.REQUESTED_FROM_DOWNSTREAM) {
      return requested.get();
    }
    if (key == Attr.TERMINATED) {
      return done && queue.isEmpty();
    }
    if (key == Attr.CANCELLED) {
      return cancelled;
    }
    if (key == Attr.ERROR) {
      return done ? error : null;
    }
    return key == Attr.RUN_STYLE ? Attr.RunStyle.ASYNC : null;
  }

  @Override
  protected String describe() {
    return "the subscriber behind CallbackFlux.home";
  }
}
