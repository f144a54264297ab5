/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.internal.LateValue;
import dev.picot.internal.StackRoom;
import dev.picot.internal.SubscriberContexts;
import dev.picot.internal.Text;
import dev.picot.loop.LoopThread;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** One subscriber of a stream: its demand, its gate, and the callback thread that emits to it. */
final class StreamSubscription extends Observer implements Subscription {
  /*
   * Values are signalled by the slices of the callback thread, within the gate; the end by a slice
   * of this observer, once the callback thread has ended and the gate was found OPEN. Found
   * EMITTING then, the callback thread has failed because it is stuck in onNext, and the subscriber
   * gets nothing more: a signal now would overlap. Found CLOSED, the subscriber has cancelled, and
   * if it has a context the slice drops the error there.
   *
   * The word `demand`
   *   0 and more    so many values may be signalled; MAX_VALUE is without limit and stays
   *   ILLEGAL       request(n <= 0) was called; stays. The callback thread is cancelled, and its end
   *                 is signalled as that error
   *   add, ILLEGAL  request  any thread, CAS
   *   less one      deliver  the callback thread's slice within the gate, CAS
   * Who changes `demand` or the gate looks for `awaiting` afterwards and completes it; who waits
   * sets `awaiting` and looks at both afterwards. So no request and no cancellation is missed.
   */
  private static final long ILLEGAL = -1;

  private static final VarHandle DEMAND;

  static {
    try {
      DEMAND = MethodHandles.lookup().findVarHandle(StreamSubscription.class, "demand", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final EmissionGate gate = new EmissionGate();

  /** That of the subscriber, if it has one. */
  private final @Nullable Object context;

  /** Null once it is not needed any more. */
  private volatile @Nullable Subscriber<Object> subscriber;

  /** Null until it was started. Written by its first step and by who started it. */
  private volatile @Nullable CallbackThread<?> thread;

  private volatile long demand;

  /** The emission that waits, or one that has. Written by the callback thread's slices. */
  private volatile @Nullable DemandAwait awaiting;

  @SuppressWarnings("unchecked") // a subscriber to T takes what an emitter of T gives
  StreamSubscription(Subscriber<?> subscriber) {
    this.subscriber = (Subscriber<Object>) subscriber;
    this.context = SubscriberContexts.contextOf(subscriber);
  }

  @Nullable Object subscriberContext() {
    return context;
  }

  /** The subscriber's onSubscribe has returned. Returns whether values are wanted. */
  boolean open() {
    if (demand == ILLEGAL) {
      refused(illegal());
    }
    return !gate.isClosed();
  }

  /** The first step of the callback thread. */
  <T> Emitter<T> begin() {
    thread =
        CallbackThread.current()
            .orElseThrow(() -> new CancellationException("the stream has ended"));
    return new Emitter<>(this);
  }

  void started(CallbackThread<?> started) {
    thread = started;
    if (gate.isClosed() || demand == ILLEGAL) {
      started.cancel();
    }
    started.observe(this);
  }

  /** No callback thread will be started. */
  void refused(Throwable error) {
    if (gate.close() == EmissionGate.OPEN) {
      signal(to -> to.onError(error));
    }
  }

  @Override
  public void request(long n) {
    claimStack();
    for (long seen = demand; seen != ILLEGAL && !gate.isClosed(); seen = demand) {
      long sum = seen + n;
      long next = n <= 0 ? ILLEGAL : sum < 0 ? Long.MAX_VALUE : sum;
      if (DEMAND.compareAndSet(this, seen, next)) {
        if (next == ILLEGAL) {
          stop();
        }
        wake();
        return;
      }
    }
  }

  @Override
  public void cancel() {
    claimStack();
    gate.close();
    subscriber = null;
    stop();
    wake(); // also a wait that is protected from cancellation
  }

  private void stop() {
    CallbackThread<?> started = thread;
    if (started != null) {
      started.cancel();
    }
  }

  /** Before a change that {@link #wake} has to follow. */
  private void claimStack() {
    if (awaiting != null) {
      StackRoom.claim();
    }
  }

  private void wake() {
    DemandAwait waiting = awaiting;
    if (waiting != null) {
      waiting.complete(null);
    }
  }

  /** In a slice: an emission waits from now on. */
  void tell(DemandAwait waiting) {
    awaiting = waiting;
    if (demand != 0 || gate.isClosed()) {
      waiting.complete(null);
    }
  }

  /**
   * Signals a value, in a slice.
   *
   * @return false if there is no demand; then it was not signalled
   */
  boolean deliver(CallbackThreadCore from, Object value) {
    CallbackThread<?> own = thread;
    if (from != own) {
      throw new IllegalStateException(
          Text.format(
              "callback thread '%s' emits to a stream of callback thread '%s' (expected: its own stream). Send to a Mailbox instead.",
              from.name(), own == null ? "(not started)" : own.name()));
    }
    if (demand == 0 && !gate.isClosed()) {
      return false;
    }
    if (demand == ILLEGAL || !gate.enter()) {
      stop(); // first, so that only a part that is protected from cancellation sees the error
      Dropped.value(from, context, value);
      throw new CancellationException("the subscriber of the stream has cancelled");
    }
    emit(from, value);
    gate.leave();
    return true;
  }

  private void emit(CallbackThreadCore from, Object value) {
    Object next;
    try {
      next = LateValue.now(value);
    } catch (Throwable e) {
      gate.leave();
      throw e;
    }
    takeDemand();
    Subscriber<Object> to = subscriber;
    if (to != null) {
      try {
        to.onNext(next);
      } catch (Throwable e) { // which the specification forbids: the same as a cancellation
        from.scheduler().uncaught("onNext of " + Labels.of(to), e);
        cancel();
      }
    } else {
      Dropped.value(from, context, next); // it was cancelled just now
    }
  }

  private void takeDemand() {
    for (long seen = demand; seen > 0 && seen != Long.MAX_VALUE; seen = demand) {
      if (DEMAND.compareAndSet(this, seen, seen - 1)) {
        return;
      }
    }
  }

  @Override
  void ended() {
    CallbackThread<?> own = thread;
    int before = gate.close();
    if (before == EmissionGate.OPEN) {
      if (own == null || !own.boundLoop().post(this)) {
        signalEnd(); // no loop any more: on the calling thread
      }
    } else if (own != null && own.outcomeNow() instanceof Outcome.Failed<?> failed) {
      if (before == EmissionGate.EMITTING) {
        own.scheduler().uncaught("a stream whose subscriber is stuck in onNext", failed.error());
        subscriber = null;
      } else if (context != null) {
        own.boundLoop().post(this);
      }
    }
  }

  /** In a slice: an emission was given up while it waited, perhaps because nobody wants it. */
  void unemitted(CallbackThreadCore from, Object value) {
    if (gate.isClosed()) {
      Dropped.value(from, context, value);
    }
  }

  @Override
  protected void runSlice(LoopThread loopThread) {
    signalEnd();
    loopThread.exitSlice();
  }

  private void signalEnd() {
    CallbackThread<?> own = thread;
    Outcome<?> outcome = own == null ? null : own.outcomeNow();
    if (own != null && subscriber == null) {
      Dropped.outcome(own, context, outcome);
    } else if (demand == ILLEGAL) {
      signal(to -> to.onError(illegal()));
    } else if (outcome instanceof Outcome.Completed) {
      signal(Subscriber::onComplete);
    } else {
      signal(to -> to.onError(JoinAwait.error(outcome)));
    }
  }

  /** Signals the end, unless it was cancelled. */
  private void signal(Effect<Subscriber<Object>> end) {
    Subscriber<Object> to = subscriber;
    if (to == null) {
      return;
    }
    try {
      end.accept(to);
    } catch (Throwable e) {
      CallbackThread<?> own = thread;
      if (own != null) {
        own.scheduler().uncaught("subscriber " + Labels.of(to), e);
      }
    }
    subscriber = null;
  }

  private static IllegalArgumentException illegal() {
    return new IllegalArgumentException(
        "a subscriber requested zero or fewer elements (expected: > 0; Reactive Streams 3.9)");
  }

  String describeSubscriber() {
    Subscriber<Object> to = subscriber;
    return "subscriber " + (to == null ? "(cancelled)" : Labels.of(to));
  }

  @Override
  protected String describe() {
    return "end of a stream for " + describeSubscriber();
  }
}
