/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.netty;

import dev.picot.loop.Loop;
import dev.picot.loop.LoopTask;
import dev.picot.loop.LoopThread;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/** Between Netty, downstream, and a publisher of the user, whom it calls in slices of one loop. */
final class AwaySubscriber<T> implements CoreSubscriber<T>, Subscription {
  private final CoreSubscriber<? super T> actual;
  private final Loop loop;

  /** Written before downstream knows this. */
  private @Nullable Subscription upstream;

  private AwaySubscriber(CoreSubscriber<? super T> actual, Loop loop) {
    this.actual = actual;
    this.loop = loop;
  }

  static @Nullable Loop loopOfCaller() {
    LoopThread thread = LoopThread.current();
    return thread == null ? null : thread.loop();
  }

  /**
   * Keeps the loop that subscribes for what is sent: Reactor Netty subscribes to that on its own
   * thread, if something else was to be sent before.
   */
  static <T> Mono<T> keepingLoop(Mono<T> sending) {
    return sending.contextWrite(
        context -> {
          Loop loop = loopOfCaller();
          return loop == null ? context : context.put(AwaySubscriber.class, loop);
        });
  }

  static @Nullable Loop loopOf(CoreSubscriber<?> subscribing) {
    return subscribing
        .currentContext()
        .<Loop>getOrEmpty(AwaySubscriber.class)
        .orElseGet(AwaySubscriber::loopOfCaller);
  }

  /** Subscribes in a slice of a loop; at once if there is none. */
  static <T> void subscribe(
      Publisher<T> source, CoreSubscriber<? super T> actual, @Nullable Loop loop) {
    if (loop == null) {
      source.subscribe(actual);
      return;
    }
    AwaySubscriber<T> between = new AwaySubscriber<>(actual, loop);
    if (!between.call(() -> source.subscribe(between))) {
      Operators.error(actual, new IllegalStateException("loop '" + loop.name() + "' has ended"));
    }
  }

  /** In the slice that runs, or in one of its own; false if there will be none any more. */
  private boolean call(Runnable user) {
    if (Crossing.loopOfSlice() == loop) {
      user.run();
      return true;
    }
    return loop.post(new Call(user));
  }

  private static final class Call extends LoopTask {
    private final Runnable user;

    Call(Runnable user) {
      this.user = user;
    }

    @Override
    protected void runSlice(LoopThread thread) {
      try {
        user.run();
      } finally {
        thread.exitSlice();
      }
    }

    @Override
    protected String describe() {
      return "a publisher that is being sent";
    }
  }

  @Override
  public Context currentContext() {
    return actual.currentContext();
  }

  @Override
  public void onSubscribe(Subscription subscription) {
    if (Operators.validate(upstream, subscription)) {
      upstream = subscription;
      actual.onSubscribe(this);
    }
  }

  @Override
  public void onNext(T value) {
    actual.onNext(value);
  }

  @Override
  public void onError(Throwable error) {
    actual.onError(error);
  }

  @Override
  public void onComplete() {
    actual.onComplete();
  }

  @Override
  public void request(long count) {
    Subscription to = upstream;
    if (to != null && !call(() -> to.request(count))) {
      to.cancel(); // with the loop all that could receive is gone
    }
  }

  @Override
  public void cancel() {
    Subscription to = upstream;
    if (to != null && !call(to::cancel)) {
      to.cancel();
    }
  }
}
