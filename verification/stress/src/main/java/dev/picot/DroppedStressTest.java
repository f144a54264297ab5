/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.picot.internal.SubscriberContexts;
import dev.picot.loop.Loops;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** Values on their way against those who do not want them any more: seen or dropped, once. */
public final class DroppedStressTest {
  private static final ContextKey<Counting> KEY = ContextKey.of("counting", Counting.class);

  private DroppedStressTest() {}

  /** A library whose subscribers are their own contexts. */
  private static final class Library extends SubscriberContexts {
    Library() {
      super(KEY);
    }

    @Override
    protected Object of(Subscriber<?> subscriber) {
      return subscriber;
    }

    @Override
    public Object join(Object inherited, Object own) {
      return own;
    }

    @Override
    protected void subscribeWith(
        Object context, Publisher<?> publisher, Subscriber<Object> subscriber) {
      publisher.subscribe(subscriber);
    }

    @Override
    public void discard(Object value, Object context) {
      ((Counting) context).dropped.incrementAndGet();
    }

    @Override
    public void drop(Throwable error, Object context) {
      ((Counting) context).dropped.addAndGet(100);
    }
  }

  static final class Counting implements Subscriber<Object> {
    static {
      SubscriberContexts.know(new Library());
    }

    private final AtomicInteger seen = new AtomicInteger();
    private final AtomicInteger dropped = new AtomicInteger();

    @Override
    public void onSubscribe(Subscription subscription) {}

    @Override
    public void onNext(Object value) {
      seen.incrementAndGet();
    }

    @Override
    public void onError(Throwable error) {}

    @Override
    public void onComplete() {}
  }

  /** A cold subscription whose callback thread is about to complete. */
  abstract static class Cold {
    final CallbackThread<Object> thread = new CallbackThread<>(Task.value(1), Loops.closed());
    final Counting counting = new Counting();
    final OutcomeSubscription subscription = new OutcomeSubscription(counting, null);

    Cold() {
      subscription.open();
      subscription.started(thread);
    }

    final void end() {
      thread.save("value", null, null);
      thread.end(CallbackThreadState.COMPLETED);
      thread.tellObservers();
    }

    final void count(II_Result r) {
      r.r1 = counting.seen.get();
      r.r2 = counting.dropped.get();
    }
  }

  @JCStressTest
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "signalled before the cancellation")
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "cancelled first, and dropped")
  @Outcome(expect = FORBIDDEN, desc = "signalled and dropped, or lost")
  @State
  public static class CancelVsEnded extends Cold {
    public CancelVsEnded() {
      subscription.request(1);
    }

    @Actor
    public void subscriber() {
      subscription.cancel();
    }

    @Actor
    public void owner() {
      end();
    }

    @Arbiter
    public void arbiter(II_Result r) {
      count(r);
    }
  }

  @JCStressTest
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "signalled before the cancellation")
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "cancelled first, and dropped")
  @Outcome(expect = FORBIDDEN, desc = "signalled and dropped, or lost")
  @State
  public static class CancelVsRequest extends Cold {
    public CancelVsRequest() {
      end();
    }

    @Actor
    public void subscriber() {
      subscription.cancel();
    }

    @Actor
    public void rival() {
      subscription.request(1);
    }

    @Arbiter
    public void arbiter(II_Result r) {
      count(r);
    }
  }

  @JCStressTest
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "signalled before the cancellation")
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "cancelled first, and dropped")
  @Outcome(expect = FORBIDDEN, desc = "signalled and dropped, or lost")
  @State
  public static class CancelVsEmission {
    private final CallbackThread<Object> thread =
        new CallbackThread<>(Task.value(1), Loops.closed());
    private final Counting counting = new Counting();
    private final StreamSubscription subscription = new StreamSubscription(counting);

    public CancelVsEmission() {
      subscription.request(1);
      subscription.open();
      subscription.started(thread);
    }

    @Actor
    public void subscriber() {
      subscription.cancel();
    }

    @Actor
    public void owner() {
      try {
        subscription.deliver(thread, "value");
      } catch (CancellationException e) {
        // it has been dropped
      }
    }

    @Arbiter
    public void arbiter(II_Result r) {
      r.r1 = counting.seen.get();
      r.r2 = counting.dropped.get();
    }
  }

  /** A wait for a publisher; r1 counts a value that is there for the waiter. */
  abstract static class Waiting {
    final Counting counting = new Counting();
    final PublisherAwait wait =
        new PublisherAwait(Awaiters.waiter(), subscriber -> {}, Task.Expect.ONE, counting);

    final void count(II_Result r) {
      Object result = wait.result();
      r.r1 = "value".equals(result) ? 1 : 0;
      r.r2 = counting.dropped.get();
    }

    final void giveUp() {
      if (wait.abandon(null)) {
        wait.cancel();
      }
    }
  }

  @JCStressTest
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "there before the wait was given up")
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "given up first, and dropped")
  @Outcome(expect = FORBIDDEN, desc = "there and dropped, dropped twice, or lost")
  @State
  public static class SignalsVsGiveUp extends Waiting {
    @Actor
    public void publisher() {
      wait.onNext("value");
      wait.onComplete();
    }

    @Actor
    public void waiter() {
      giveUp();
    }

    @Arbiter
    public void arbiter(II_Result r) {
      count(r);
    }
  }

  @JCStressTest
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "dropped by whoever was first")
  @Outcome(expect = FORBIDDEN, desc = "there without completion, dropped twice, or lost")
  @State
  public static class NextVsGiveUp extends Waiting {
    @Actor
    public void publisher() {
      wait.onNext("value");
    }

    @Actor
    public void waiter() {
      giveUp();
    }

    @Arbiter
    public void arbiter(II_Result r) {
      count(r);
    }
  }
}
