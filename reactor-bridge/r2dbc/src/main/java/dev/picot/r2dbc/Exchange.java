/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import dev.picot.internal.Text;
import dev.picot.loop.Loop;
import dev.picot.loop.LoopTask;
import dev.picot.loop.LoopThread;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;
import reactor.util.concurrent.Queues;
import reactor.util.context.Context;

/**
 * One subscription to something of the driver's: makes the driver's calls where they belong, tells
 * the lease when it has begun and ended, and brings the signals home.
 *
 * <p>It is the only operator between the driver and the caller. Demand is passed on as it is, so
 * what is on its way home was requested.
 *
 * @param <T> what the driver gives
 * @param <R> what the caller is shown
 */
// Over 250 lines: two small machines, the driver's side and the caller's, of one object.
final class Exchange<T, R> extends LoopTask implements CoreSubscriber<T>, Subscription {
  /*
   * The driver's side: `state`
   *
   * States
   *   NEW        the driver was not called yet
   *   ASKED      the driver was called and has given nothing
   *   FLOWING    the driver has given something
   *   SPARING    the caller has cancelled; the driver may still end by itself
   *   OVER       ended, or cancelled
   * Transitions
   *   NEW -> ASKED        start                     the lane's turn, or the subscriber
   *   ASKED -> FLOWING    onNext                    the driver
   *   FLOWING -> SPARING  cancel of ROWS            any thread   a little more demand: a driver that
   *                                                 is almost through is not disturbed, and the
   *                                                 lease knows that its connection is free
   *   ASKED, FLOWING -> SPARING  cancel of SENT_*   any thread   all of it is taken: it comes anyway,
   *                                                 and drivers may lose buffers otherwise
   *   SPARING -> OVER     onNext, SPARE_ROWS times  the driver   is cancelled after all
   *   NEW -> OVER         cancel                    any thread   the driver is never called
   *   FLOWING -> OVER     cancel of a RESULT        any thread   the rest is up to what reads that
   *   others -> OVER      cancel                    any thread   the lease has to ask the driver
   *   any -> OVER         onComplete, onError       the driver   the lease knows that it is free
   *
   * The caller's side: `events`, how much has happened since whoever signals has looked
   *
   *   0 -> 1          happened  any thread: it posts the slice, or signals itself
   *   n -> n + 1      happened  any thread: who signals will look again
   *   n -> n - seen   looked    who signals, after its slice; at 0 it signals no more
   *
   * Where the caller has no home, signals are passed on as they come.
   */
  private enum State {
    NEW,
    ASKED,
    FLOWING,
    SPARING,
    OVER
  }

  /** What the driver gives. */
  enum Kind {
    /** At most one value, which comes home together with the completion. */
    ANSWER,
    /** One result, whose reader is an exchange of its own. */
    RESULT,
    /** Any number of those. */
    RESULTS,
    /** Any number of those, which the database sends whether they are read or not. */
    SENT_RESULTS,
    /** What is read of a result that the database sends because it is read. */
    ROWS,
    /** What is read of a result that the database sends whether it is read or not. */
    SENT_ROWS;

    boolean isSent() {
      return this == SENT_RESULTS || this == SENT_ROWS;
    }
  }

  /** So many rows are taken beyond those that a caller wants, to see whether they were the last. */
  private static final int SPARE_ROWS = 16;

  /** Of a mapper that is not called any more. */
  private static final Object SKIPPED = new Object();

  /** So many values are signalled in a slice; then the other tasks of the loop have their turn. */
  private static final int MOST_VALUES = 256;

  private static final Supplier<Queue<Object>> QUEUES = Queues.unbounded(8);

  private final @Nullable Lease lease;
  private final CoreSubscriber<? super R> actual;
  private final @Nullable Function<? super T, ? extends R> view;
  private final Kind kind;
  private final @Nullable Lane lane;
  private final @Nullable Loop home;

  /** What subscribes, until this is over: it may be the one before it, and keep all before that. */
  private @Nullable LoopTask subscribing;

  private final AtomicReference<State> state = new AtomicReference<>(State.NEW);

  /** Written by the driver, once. */
  private volatile @Nullable Subscription driver;

  /** What was requested before the driver had given its subscription. Any thread. */
  private final AtomicLong early = new AtomicLong();

  /** Values that have come since the caller has cancelled. The driver only. */
  private int spared;

  /** Whether the caller has cancelled: it is signalled nothing more. Only ever set. */
  private volatile boolean isCancelled;

  private final AtomicInteger events = new AtomicInteger();

  /** On their way home; null until there is one. The driver adds, who signals takes. */
  private volatile @Nullable Queue<Object> values;

  /** Written with the last signal of the driver, the error first. */
  private volatile boolean isDone;

  private @Nullable Throwable error;

  /** Whether the end was signalled. Who signals. */
  private boolean isTold;

  Exchange(
      @Nullable Lease lease,
      CoreSubscriber<? super R> actual,
      @Nullable Function<? super T, ? extends R> view,
      Kind kind) {
    this.lease = lease;
    this.actual = actual;
    this.view = view;
    this.kind = kind;
    this.lane = lease == null ? null : lease.slot().lane;
    this.home = LoopThread.home();
    this.subscribing = home == null ? null : LoopThread.currentTask();
  }

  void start(Source<T> source) {
    if (lease != null && !lease.begin()) {
      Operators.error(actual, lease.returned());
      return;
    }
    actual.onSubscribe(this);
    if (lane == null) {
      ask(source);
    } else {
      lane.run(() -> ask(source));
    }
  }

  private void ask(Source<T> source) {
    if (!state.compareAndSet(State.NEW, State.ASKED)) {
      return; // cancelled
    }
    Publisher<? extends T> publisher;
    try {
      publisher = source.get(this);
    } catch (Throwable e) {
      onError(Operators.onOperatorError(e, currentContext()));
      return;
    }
    publisher.subscribe(this);
  }

  // The driver's side

  @Override
  public void onSubscribe(Subscription subscription) {
    if (!Operators.validate(driver, subscription)) {
      return;
    }
    driver = subscription;
    if (state.get() == State.OVER) {
      subscription.cancel();
    } else {
      long requested = early.getAndSet(0);
      if (requested > 0) {
        subscription.request(requested);
      }
    }
  }

  @Override
  public void onNext(T value) {
    State seen = state.get();
    if (seen == State.ASKED) {
      seen = state.compareAndExchange(State.ASKED, State.FLOWING);
    }
    if (seen == State.SPARING || seen == State.OVER) {
      drop(value);
    } else if (value != SKIPPED) { // else whoever cancels is about to say so
      pass(view == null ? shownAsItIs(value) : view.apply(value));
    }
  }

  @SuppressWarnings("unchecked") // without a view the types are the same
  private R shownAsItIs(T value) {
    return (R) value;
  }

  @Override
  public void onComplete() {
    end(null);
  }

  @Override
  public void onError(Throwable reason) {
    end(reason);
  }

  private void end(@Nullable Throwable reason) {
    State before = state.getAndSet(State.OVER);
    if (before == State.OVER) {
      if (reason != null) {
        Operators.onErrorDropped(reason, currentContext());
      }
      return;
    }
    tellEnded(reason);
    if (before == State.SPARING) {
      return;
    }
    if (home == null) {
      tellEnd(reason);
    } else {
      error = reason;
      isDone = true;
      happened();
    }
  }

  /** What the caller does not want any more. */
  private void drop(T value) {
    if (value != SKIPPED) {
      Operators.onDiscard(value, currentContext());
      if (view != null && view.apply(value) instanceof LeasedResult unread) {
        unread.drain();
      }
    }
    if (kind == Kind.ROWS
        && ++spared == SPARE_ROWS
        && state.compareAndSet(State.SPARING, State.OVER)) {
      cancelDriver();
      tellCancelled();
    }
  }

  /** For mappers: what to give instead of calling them; null while the caller wants more. */
  @SuppressWarnings("unchecked") // nobody sees it
  @Nullable T instead() {
    return isCancelled ? (T) SKIPPED : null;
  }

  // The caller's calls

  @Override
  public void request(long n) {
    if (!Operators.validate(n)) {
      return;
    }
    if (driver == null) {
      early.accumulateAndGet(n, Operators::addCap);
      if (driver == null) {
        return; // whoever sets it looks
      }
      n = early.getAndSet(0);
    }
    if (n > 0) {
      requestFromDriver(n);
    }
  }

  private void requestFromDriver(long n) {
    Subscription subscription = driver;
    if (subscription == null) {
      return;
    }
    if (lane == null) {
      subscription.request(n);
    } else {
      lane.run(() -> subscription.request(n));
    }
  }

  @Override
  public void cancel() {
    isCancelled = true;
    happened();
    if (kind == Kind.ROWS && state.compareAndSet(State.FLOWING, State.SPARING)) {
      request(SPARE_ROWS);
      return;
    }
    if (kind.isSent()
        && (state.compareAndSet(State.FLOWING, State.SPARING)
            || state.compareAndSet(State.ASKED, State.SPARING)
            || state.compareAndSet(State.FLOWING, State.SPARING))) {
      request(Long.MAX_VALUE);
      return;
    }
    State before = state.getAndUpdate(seen -> seen == State.SPARING ? seen : State.OVER);
    if (before == State.NEW) {
      tellEnded(null);
    } else if (before == State.ASKED || before == State.FLOWING) {
      cancelDriver();
      if (before == State.FLOWING && kind == Kind.RESULT) {
        tellEnded(null);
      } else {
        tellCancelled();
      }
    }
  }

  private void cancelDriver() {
    Subscription subscription = driver;
    if (subscription == null) {
      return; // whoever sets it looks
    }
    if (lane == null) {
      subscription.cancel();
    } else {
      lane.run(subscription::cancel);
    }
  }

  // For the lease, after the call of the driver

  private void tellEnded(@Nullable Throwable reason) {
    if (lease != null) {
      lease.end(reason);
    }
  }

  private void tellCancelled() {
    if (lease != null) {
      lease.cancelled();
    }
  }

  // The caller's side

  private void pass(R value) {
    if (home == null) {
      actual.onNext(value);
      return;
    }
    Queue<Object> queue = values;
    if (queue == null) {
      queue = QUEUES.get();
      values = queue;
    }
    queue.offer(value);
    if (kind != Kind.ANSWER) {
      happened();
    }
  }

  private void happened() {
    if (events.getAndIncrement() > 0) {
      return;
    }
    if (isCancelled || LoopThread.isInSliceOf(subscribing)) {
      signalHere();
    } else {
      post();
    }
  }

  private void signalHere() {
    boolean inSlice = LoopThread.current() != null;
    int seen;
    try {
      do {
        seen = events.get();
        if (!signal(MOST_VALUES, inSlice)) {
          post();
          return;
        }
      } while (events.addAndGet(-seen) != 0);
    } catch (Throwable e) { // which the specification forbids
      abandon();
      throw e;
    }
  }

  /** Who signals: signals nothing more, and leaves nothing behind. */
  private void abandon() {
    cancel(); // which leaves the rest to who signals
    int seen;
    do {
      seen = events.get();
      isOver();
    } while (events.addAndGet(-seen) != 0);
  }

  private void post() {
    Loop to = home;
    if (to == null || to.post(this)) {
      return;
    }
    boolean isWanted = !isCancelled && !isTold;
    Throwable cause = null;
    if (isWanted && isDone) {
      cause = error;
      isTold = true;
    }
    abandon();
    if (isWanted) {
      actual.onError(
          new RejectedExecutionException(
              Text.format(
                  "loop '%s' ended before a result of the database came home to it (its scheduler was closed)",
                  to.name()),
              cause));
    }
  }

  @Override
  protected void runSlice(LoopThread thread) {
    int seen = events.get();
    boolean isThrough;
    boolean owns;
    try {
      isThrough = signal(MOST_VALUES, true);
    } catch (Throwable e) { // which the specification forbids
      abandon();
      throw e;
    } finally {
      owns = thread.exitSlice();
    }
    if (isThrough && events.addAndGet(-seen) == 0) {
      return;
    }
    if (owns) {
      thread.loop().ready(this); // not always its home: loops come and go
    } else {
      post();
    }
  }

  /** Returns false if there may be more to signal. */
  @SuppressWarnings("unchecked") // only pass() offers
  private boolean signal(long most, boolean inSlice) {
    for (long signalled = 0; !isOver(); signalled++) {
      if (signalled == most || (inSlice && LoopThread.current() == null)) {
        return false;
      }
      Queue<Object> queue = values;
      Object next = queue == null ? null : queue.poll();
      if (next == null) {
        return true;
      }
      actual.onNext((R) next);
    }
    return true;
  }

  /** Ends what has ended. */
  private boolean isOver() {
    if (isCancelled || isTold) {
      subscribing = null;
      discardAll();
      if (!isTold && isDone) {
        isTold = true;
        if (error != null) {
          Operators.onErrorDropped(error, currentContext());
        }
      }
      return true;
    }
    if (!isDone) {
      return false;
    }
    Queue<Object> queue = values; // after isDone: what came before the end is in it
    if (queue != null && !queue.isEmpty()) {
      return false;
    }
    isTold = true;
    subscribing = null;
    tellEnd(error);
    return true;
  }

  private void tellEnd(@Nullable Throwable reason) {
    if (reason == null) {
      actual.onComplete();
    } else {
      actual.onError(reason);
    }
  }

  private void discardAll() {
    Queue<Object> queue = values;
    if (queue != null) {
      Operators.onDiscardQueueWithClear(queue, currentContext(), null);
    }
  }

  @Override
  public Context currentContext() {
    return actual.currentContext();
  }

  @Override
  protected String describe() {
    return "the answer of a database on its way home";
  }
}
