/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor;

import java.util.concurrent.atomic.AtomicInteger;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/** Counts what it is signalled, and what is discarded. */
public final class Counting implements CoreSubscriber<Integer> {
  public final AtomicInteger values = new AtomicInteger();
  public final AtomicInteger discarded = new AtomicInteger();

  /** One for each completion, a hundred for each error. */
  public final AtomicInteger ends = new AtomicInteger();

  private final Context context =
      Operators.enableOnDiscard(Context.empty(), value -> discarded.incrementAndGet());

  private final long demand;

  /**
   * Makes a subscriber.
   *
   * @param demand what it asks for at once; 0 if the test asks
   */
  public Counting(long demand) {
    this.demand = demand;
  }

  @Override
  public Context currentContext() {
    return context;
  }

  @Override
  public void onSubscribe(Subscription subscription) {
    if (demand > 0) {
      subscription.request(demand);
    }
  }

  @Override
  public void onNext(Integer value) {
    values.incrementAndGet();
  }

  @Override
  public void onError(Throwable error) {
    ends.addAndGet(100);
  }

  @Override
  public void onComplete() {
    ends.incrementAndGet();
  }
}
