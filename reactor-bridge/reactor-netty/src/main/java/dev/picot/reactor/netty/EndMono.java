/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.netty;

import io.netty.channel.EventLoop;
import java.util.concurrent.RejectedExecutionException;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoOperator;
import reactor.util.context.Context;

/** Tells of the end of a handler on an event loop, after what the handler has put there. */
final class EndMono extends MonoOperator<Void, Void> {
  private final EventLoop eventLoop;

  EndMono(Mono<Void> handler, EventLoop eventLoop) {
    super(handler);
    this.eventLoop = eventLoop;
  }

  @Override
  public void subscribe(CoreSubscriber<? super Void> actual) {
    source.subscribe(new Ending(actual, eventLoop));
  }

  private record Ending(CoreSubscriber<? super Void> actual, EventLoop eventLoop)
      implements CoreSubscriber<Void> {
    @Override
    public Context currentContext() {
      return actual.currentContext();
    }

    @Override
    public void onSubscribe(Subscription subscription) {
      actual.onSubscribe(subscription);
    }

    @Override
    public void onNext(Void nothing) {}

    @Override
    public void onError(Throwable error) {
      tell(() -> actual.onError(error));
    }

    @Override
    public void onComplete() {
      tell(actual::onComplete);
    }

    private void tell(Runnable end) {
      try {
        eventLoop.execute(end);
      } catch (RejectedExecutionException e) { // with the event loop the connection has ended
        end.run();
      }
    }
  }
}
