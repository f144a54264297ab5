/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor;

import dev.picot.loop.Loop;
import dev.picot.loop.LoopTask;
import dev.picot.loop.LoopThread;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * Keeps the value of a {@code Mono} until it completes, then signals both in a slice of the loop
 * that subscribed.
 *
 * <p>If that slice gets stuck it is detached, never failed.
 */
final class HomeSubscriber<T> extends LoopTask
    implements CoreSubscriber<T>, Subscription, Scannable {
  /*
   * States
   *   null       the source has given nothing                    signals downstream: nobody
   *   a value    the source has given it and has not ended       nobody
   *   ENDED      the source has ended; `value`, `error` are set  one thread or one slice
   *   CANCELLED  downstream does not want to hear of it          nobody
   * Transitions
   *   null        -> a value    onNext             the source   CAS
   *   null, value -> ENDED      onComplete, onError  the source  CAS  then posts, or signals at once
   *   any         -> CANCELLED  cancel             any thread   exchange; discards the value
   * A value that ENDED holds when CANCELLED comes is discarded by the slice that was to signal it.
   */
  private static final Object ENDED = new Object();
  private static final Object CANCELLED = new Object();

  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(HomeSubscriber.class, "state", Object.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final CoreSubscriber<? super T> actual;
  private final Loop home;

  /** What subscribes, until this signals: it may be the one before it, and keep all before that. */
  private @Nullable LoopTask subscribing;

  /** See the table above. */
  private volatile @Nullable Object state;

  /** Written by the source before anything else happens. */
  private @Nullable Subscription upstream;

  /** Written by the source before ENDED, read by whoever signals after it. */
  private @Nullable T value;

  /** Written by the source before ENDED, read by whoever signals after it. */
  private @Nullable Throwable error;

  HomeSubscriber(CoreSubscriber<? super T> actual, Loop home, @Nullable LoopTask subscribing) {
    this.actual = actual;
    this.home = home;
    this.subscribing = subscribing;
  }

  @Override
  public void onSubscribe(Subscription subscription) {
    if (Operators.validate(upstream, subscription)) {
      upstream = subscription;
      actual.onSubscribe(this);
    }
  }

  @Override
  public void onNext(T next) {
    if (!STATE.compareAndSet(this, null, next)) {
      Operators.onDiscard(next, currentContext());
    }
  }

  @Override
  public void onComplete() {
    end(null);
  }

  @Override
  public void onError(Throwable reason) {
    if (!end(reason)) {
      Operators.onErrorDropped(reason, currentContext());
    }
  }

  /** False if it was over; then whoever has cancelled it has discarded the value. */
  @SuppressWarnings("unchecked") // what is neither null nor over is a value
  private boolean end(@Nullable Throwable reason) {
    Object seen;
    do { // more than once if the source overlaps its signals, against the specification
      seen = state;
      if (isOver(seen)) {
        return false;
      }
      value = (T) seen;
      error = reason;
    } while (!STATE.compareAndSet(this, seen, ENDED));
    if (reason != null) {
      Operators.onDiscard(seen, currentContext());
    }
    if (LoopThread.isInSliceOf(subscribing)) {
      signal(); // the step that subscribed is still running
    } else if (!home.post(this)) {
      if (reason == null) {
        Operators.onDiscard(seen, currentContext());
      }
      actual.onError(OffLoop.homeEnded(home.name(), error));
    }
    return true;
  }

  private static boolean isOver(@Nullable Object state) {
    return state == ENDED || state == CANCELLED;
  }

  @Override
  protected void runSlice(LoopThread thread) {
    try {
      signal();
    } finally {
      thread.exitSlice();
    }
  }

  private void signal() {
    subscribing = null;
    T present = value;
    value = null;
    if (state == CANCELLED) {
      if (error == null) {
        Operators.onDiscard(present, currentContext());
      } else {
        Operators.onErrorDropped(error, currentContext());
      }
    } else if (error != null) {
      actual.onError(error);
    } else {
      if (present != null) {
        actual.onNext(present);
      }
      actual.onComplete();
    }
  }

  @Override
  public void request(long n) {
    Subscription source = upstream;
    if (source != null) {
      source.request(n);
    }
  }

  @Override
  public void cancel() {
    Object before = STATE.getAndSet(this, CANCELLED);
    if (!isOver(before)) {
      Subscription source = upstream;
      if (source != null) {
        source.cancel();
      }
      Operators.onDiscard(before, currentContext());
    }
  }

  @Override
  public Context currentContext() {
    return actual.currentContext();
  }

  @Override
  protected String describe() {
    return "the subscriber behind CallbackMono.home";
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
    if (key == Attr.TERMINATED) {
      return state == ENDED;
    }
    if (key == Attr.CANCELLED) {
      return state == CANCELLED;
    }
    if (key == Attr.RUN_STYLE) {
      return Attr.RunStyle.ASYNC;
    }
    return key == Attr.ERROR && isOver(state) ? error : null;
  }
}
