/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.netty;

import io.netty.channel.Channel;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;

/**
 * What arrives on a connection, for one subscriber who comes a little later. Reactor Netty drops
 * what was not requested when the peer closes; here it has been, at once, and waits for the
 * subscriber. As long as that requests nothing no more is read, but for what came with the end.
 *
 * <p>All of it happens on the connection's event loop.
 */
final class EarlyFlux extends Flux<Object> implements CoreSubscriber<Object> {
  private final Channel channel;

  /** What the subscriber has not been given; each with a count of ours. */
  private final Queue<Object> arrived = new ArrayDeque<>();

  private @Nullable Subscription upstream;
  private @Nullable CoreSubscriber<? super Object> actual;
  private long demand;
  private boolean draining;

  /** Whether no more arrives. */
  private boolean ended;

  private @Nullable Throwable error;

  /** Whether the subscriber was told of the end, or wants no more. */
  private boolean over;

  /** Whether who has not subscribed by now does not count for a connection that closes. */
  private boolean handled;

  /** What is to be done as soon as it is clear that nobody will learn of the end from this. */
  private @Nullable Runnable whenUnseen;

  private EarlyFlux(Channel channel) {
    this.channel = channel;
  }

  /** On the event loop. */
  static EarlyFlux of(Flux<?> arriving, Channel channel) {
    EarlyFlux early = new EarlyFlux(channel);
    arriving.subscribe(early);
    return early;
  }

  /**
   * At once if this is the event loop, else behind what the calling thread has asked for before.
   */
  void onEventLoop(Runnable action) {
    if (channel.eventLoop().inEventLoop()) {
      action.run();
      return;
    }
    try {
      channel.eventLoop().execute(action);
    } catch (RejectedExecutionException e) { // with the event loop the connection has ended
      action.run();
    }
  }

  // Downstream

  @Override
  public void subscribe(CoreSubscriber<? super Object> subscriber) {
    onEventLoop(() -> attach(subscriber));
  }

  private void attach(CoreSubscriber<? super Object> subscriber) {
    if (actual != null) {
      Operators.error(
          subscriber,
          new IllegalStateException("what the connection receives has a subscriber already"));
    } else if (over) {
      Operators.complete(subscriber);
    } else {
      actual = subscriber;
      subscriber.onSubscribe(new Demand());
      drain();
    }
  }

  private final class Demand implements Subscription {
    @Override
    public void request(long count) {
      if (Operators.validate(count)) {
        onEventLoop(
            () -> {
              demand = Operators.addCap(demand, count);
              drain();
            });
      }
    }

    @Override
    public void cancel() {
      onEventLoop(EarlyFlux.this::drop);
    }
  }

  private void drop() {
    over = true;
    arrived.forEach(ReferenceCountUtil::release);
    arrived.clear();
    if (upstream != null) {
      upstream.cancel();
    }
  }

  private void drain() {
    CoreSubscriber<? super Object> to = actual;
    if (to == null || draining || over) {
      return;
    }
    draining = true;
    while (demand > 0 && !arrived.isEmpty()) {
      Object next = arrived.remove();
      if (demand != Long.MAX_VALUE) {
        demand--;
      }
      try {
        to.onNext(next);
      } finally {
        ReferenceCountUtil.release(next);
      }
    }
    draining = false;
    if (!over && ended && arrived.isEmpty()) {
      over = true;
      if (error == null) {
        to.onComplete();
      } else {
        to.onError(error);
      }
    }
    channel.config().setAutoRead(demand > 0 && !over);
  }

  // The end without a subscriber

  /** Who wants what arrives has subscribed. Any thread. */
  void handled() {
    onEventLoop(
        () -> {
          handled = true;
          if (actual == null) {
            channel.read(); // else nobody would see the peer close
          }
          look();
        });
  }

  /**
   * Does something when the connection has closed, nothing was left to be received, and nobody has
   * subscribed. Any thread, once.
   */
  void whenClosedUnseen(Runnable action) {
    channel
        .closeFuture()
        .addListener(
            closed ->
                onEventLoop(
                    () -> {
                      whenUnseen = action;
                      look();
                    }));
  }

  /** Nobody else subscribes. Any thread. */
  void letGo() {
    onEventLoop(
        () -> {
          if (actual == null && !over) {
            drop();
          }
        });
  }

  private void look() {
    Runnable action = whenUnseen;
    // Whoever has subscribed in a slice may still be on the way here.
    if (action != null && actual == null && handled && ended && arrived.isEmpty()) {
      whenUnseen = null;
      action.run();
    }
  }

  // Upstream

  @Override
  public void onSubscribe(Subscription subscription) {
    upstream = subscription;
    subscription.request(Long.MAX_VALUE);
    channel.config().setAutoRead(false);
  }

  @Override
  public void onNext(Object value) {
    if (!over) {
      arrived.add(ReferenceCountUtil.retain(value));
      drain();
    }
  }

  @Override
  public void onError(Throwable reason) {
    error = reason;
    onComplete();
  }

  @Override
  public void onComplete() {
    ended = true;
    drain();
    look();
  }
}
