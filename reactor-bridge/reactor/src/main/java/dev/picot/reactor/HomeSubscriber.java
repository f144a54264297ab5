/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor;

import dev.picot.loop.Loop;
import dev.picot.loop.LoopTask;
import dev.picot.loop.LoopThread;
import java.util.concurrent.atomic.AtomicReference;
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
  /** Who may signal downstream; always downwards. */
  private enum State {
    /** The source has not ended. */
    OPEN,
    /** The source has ended; one thread or one slice signals. */
    ENDED,
    /** Downstream does not want to hear of it. */
    CANCELLED
  }

  private final CoreSubscriber<? super T> actual;
  private final Loop home;
  private final @Nullable LoopTask subscribing;
  private final AtomicReference<State> state = new AtomicReference<>(State.OPEN);

  /** Written by the source before anything else happens. */
  private @Nullable Subscription upstream;

  /** Written by the source; taken by whoever signals after ENDED, or discards it. */
  private final AtomicReference<@Nullable T> value = new AtomicReference<>();

  /** Written by the source, read by whoever signals after ENDED. */
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
    if (!value.compareAndSet(null, next)) {
      Operators.onDiscard(next, currentContext());
    } else if (state.get()
        != State.OPEN) { // looked at afterwards, as who cancels discards after it
      discard();
    }
  }

  @Override
  public void onComplete() {
    end();
  }

  @Override
  public void onError(Throwable reason) {
    if (state.get() != State.OPEN) {
      Operators.onErrorDropped(reason, currentContext());
    } else {
      discard();
      error = reason;
      end();
    }
  }

  private void end() {
    if (!state.compareAndSet(State.OPEN, State.ENDED)) {
      discard();
    } else if (LoopThread.current() != null && LoopThread.currentTask() == subscribing) {
      signal(); // the step that subscribed is still running
    } else if (!home.post(this)) {
      discard();
      actual.onError(OffLoop.homeEnded(home.name(), error));
    }
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
    T present = value.getAndSet(null);
    if (state.get() == State.CANCELLED) {
      Operators.onDiscard(present, currentContext());
      if (error != null) {
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

  private void discard() {
    Operators.onDiscard(value.getAndSet(null), currentContext());
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
    State before = state.getAndSet(State.CANCELLED);
    Subscription source = upstream;
    if (before == State.OPEN) {
      if (source != null) {
        source.cancel();
      }
      discard();
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
      return state.get() == State.ENDED;
    }
    if (key == Attr.CANCELLED) {
      return state.get() == State.CANCELLED;
    }
    if (key == Attr.RUN_STYLE) {
      return Attr.RunStyle.ASYNC;
    }
    return key == Attr.ERROR && state.get() != State.OPEN ? error : null;
  }
}
