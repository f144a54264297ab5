/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.internal.SubscriberContexts;
import dev.picot.loop.LoopThread;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** One subscriber of the outcome of a callback thread; signals in a slice of its own. */
final class OutcomeSubscription extends Observer implements Subscription {
  /*
   * Bits of `word`, each set once and never cleared
   *   REQUESTED  there is demand                  request   any thread
   *   ILLEGAL    request(n <= 0) was called       request   any thread
   *   ENDED      the outcome is there             ended     loop owner, or the subscribing thread
   *   EMITTING   somebody signals or has signalled, or has dropped the outcome
   *   CANCELLED  no further signal                cancel    any thread
   *   OPEN       onSubscribe has returned         open      the subscribing thread
   * Who sets the bit that makes a signal due (see isDue) sets EMITTING in the same CAS and posts the
   * slice that signals. So there is one slice, and no signal overlaps another or onSubscribe.
   * Who brings CANCELLED and ENDED together does likewise if the outcome is to be dropped where the
   * subscriber wants it, because that is user code too. The slice that finds no subscriber drops.
   * If that slice gets stuck in onNext it is detached and goes on where it is.
   */
  private static final int REQUESTED = 0b00_0001;
  private static final int ILLEGAL = 0b00_0010;
  private static final int ENDED = 0b00_0100;
  private static final int EMITTING = 0b00_1000;
  private static final int CANCELLED = 0b01_0000;
  private static final int OPEN = 0b10_0000;

  private static final VarHandle WORD;

  static {
    try {
      WORD = MethodHandles.lookup().findVarHandle(OutcomeSubscription.class, "word", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final boolean cold;

  /** That of the subscriber of a cold publisher, if it has one. */
  private final @Nullable Object context;

  /** Null once it is not needed any more. */
  private volatile @Nullable Subscriber<Object> subscriber;

  /** Null until the callback thread of a cold publisher was started. */
  private volatile @Nullable CallbackThread<?> source;

  private volatile int word;

  @SuppressWarnings("unchecked") // a subscriber to T takes what the callback thread gives
  OutcomeSubscription(Subscriber<?> subscriber, @Nullable CallbackThread<?> source) {
    this.subscriber = (Subscriber<Object>) subscriber;
    this.source = source;
    this.cold = source == null;
    this.context = cold ? SubscriberContexts.contextOf(subscriber) : null;
  }

  @Nullable Object subscriberContext() {
    return context;
  }

  /** The subscriber's onSubscribe has returned. Returns whether the outcome is wanted. */
  boolean open() {
    set(OPEN);
    return !isOver();
  }

  /** Whether no outcome will be signalled any more. */
  boolean isOver() {
    return (word & (CANCELLED | EMITTING)) != 0;
  }

  /** Cold: the callback thread of this subscriber has started. */
  void started(CallbackThread<?> thread) {
    source = thread;
    if (isOver()) {
      thread.cancel();
    }
    thread.observe(this);
  }

  /** Cold: no callback thread was started. */
  void refused(RefusedException error) {
    Subscriber<Object> to = subscriber;
    for (int seen = word; to != null && (seen & (EMITTING | CANCELLED)) == 0; seen = word) {
      if (WORD.compareAndSet(this, seen, seen | EMITTING)) {
        subscriber = null;
        to.onError(error);
      }
    }
  }

  @Override
  public void request(long n) {
    set(n > 0 ? REQUESTED : ILLEGAL);
  }

  @Override
  public void cancel() {
    subscriber = null; // before the slice that it may make due
    set(CANCELLED);
    CallbackThread<?> thread = source;
    if (cold && thread != null) {
      thread.cancel();
    }
  }

  @Override
  void ended() {
    set(ENDED);
  }

  @Override
  boolean isStale() {
    return context == null && isOver();
  }

  private void set(int bit) {
    for (; ; ) {
      int seen = word;
      int next = seen | bit;
      if (isDue(next)) {
        next |= EMITTING;
      }
      if (next == seen) {
        return;
      }
      if (WORD.compareAndSet(this, seen, next)) {
        if ((seen & EMITTING) == 0 && (next & EMITTING) != 0) {
          emit();
        }
        return;
      }
    }
  }

  private boolean isDue(int bits) {
    if ((bits & (EMITTING | CANCELLED)) == CANCELLED) {
      return (bits & ENDED) != 0 && context != null;
    }
    if ((bits & EMITTING) != 0 || (bits & OPEN) == 0) {
      return false;
    }
    return (bits & ILLEGAL) != 0
        || ((bits & ENDED) != 0 && ((bits & REQUESTED) != 0 || !hasValue()));
  }

  private boolean hasValue() {
    CallbackThread<?> thread = source;
    return thread != null
        && thread.outcomeNow() instanceof Outcome.Completed<?> completed
        && completed.value() != null;
  }

  private void emit() {
    CallbackThread<?> thread = source;
    if (thread == null || !thread.boundLoop().post(this)) {
      signal(); // no loop, or none any more: on the calling thread
    }
  }

  @Override
  protected void runSlice(LoopThread thread) {
    signal();
    thread.exitSlice();
  }

  private void signal() {
    Subscriber<Object> to = subscriber;
    if (to == null) {
      drop();
      return;
    }
    try {
      if ((word & ILLEGAL) != 0) {
        illegal(to);
      } else {
        outcome(to);
      }
    } catch (Throwable e) {
      CallbackThread<?> thread = source;
      if (thread != null) {
        thread.scheduler().uncaught("subscriber " + Labels.of(to), e);
      }
    }
    subscriber = null;
  }

  private void drop() {
    CallbackThread<?> thread = source;
    if (thread != null) {
      Dropped.outcome(thread, context, thread.outcomeNow());
    }
  }

  private void illegal(Subscriber<Object> to) {
    CallbackThread<?> thread = source;
    if (cold && thread != null) {
      thread.cancel();
    }
    to.onError(
        new IllegalArgumentException(
            "a subscriber requested zero or fewer elements (expected: > 0; Reactive Streams 3.9)"));
  }

  private void outcome(Subscriber<Object> to) {
    CallbackThread<?> thread = source;
    Outcome<?> outcome = thread == null ? null : thread.outcomeNow();
    if (outcome instanceof Outcome.Completed<?> completed) {
      Object value = completed.value();
      if (value != null) {
        to.onNext(value);
      }
      if ((word & CANCELLED) == 0) {
        to.onComplete();
      }
    } else {
      to.onError(JoinAwait.error(outcome));
    }
  }

  @Override
  protected String describe() {
    Subscriber<Object> to = subscriber;
    return "signal to subscriber " + (to == null ? "(cancelled)" : Labels.of(to));
  }
}
