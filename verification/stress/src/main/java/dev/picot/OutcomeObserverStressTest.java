/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.picot.loop.Loops;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** Those who observe an outcome against its end. Results count what each was told. */
public final class OutcomeObserverStressTest {
  private OutcomeObserverStressTest() {}

  /** A callback thread that is about to complete, on a loop that takes nothing any more. */
  abstract static class Ending {
    final CallbackThread<Object> thread = new CallbackThread<>(Task.value(1), Loops.closed());

    final void end() {
      thread.save("value", null, null);
      thread.end(CallbackThreadState.COMPLETED);
      thread.tellObservers();
    }
  }

  static final class Told extends Observer {
    private final AtomicInteger times = new AtomicInteger();
    private volatile boolean stale;

    @Override
    void ended() {
      times.incrementAndGet();
    }

    @Override
    boolean isStale() {
      return stale;
    }
  }

  static final class Signals implements Subscriber<Object> {
    private final AtomicInteger values = new AtomicInteger();
    private final AtomicInteger ends = new AtomicInteger();

    @Override
    public void onSubscribe(Subscription subscription) {}

    @Override
    public void onNext(Object value) {
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

  @JCStressTest
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "told once")
  @Outcome(expect = FORBIDDEN, desc = "told twice, or never")
  @State
  public static class ObserveVsEnd extends Ending {
    private final Told observer = new Told();

    @Actor
    public void observer() {
      thread.observe(observer);
    }

    @Actor
    public void owner() {
      end();
    }

    @Arbiter
    public void arbiter(I_Result r) {
      r.r1 = observer.times.get();
    }
  }

  /** r1: one that was there before, under one that becomes stale; r2: the new one. */
  @JCStressTest
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "each told once")
  @Outcome(expect = FORBIDDEN, desc = "one was dropped with the stale one, or told twice")
  @State
  public static class ObserveOverAStaleOneVsEnd extends Ending {
    private final Told first = new Told();
    private final Told stale = new Told();
    private final Told last = new Told();

    public ObserveOverAStaleOneVsEnd() {
      thread.observe(first);
      thread.observe(stale);
    }

    @Actor
    public void observer() {
      thread.observe(last);
    }

    @Actor
    public void owner() {
      stale.stale = true;
      end();
    }

    @Arbiter
    public void arbiter(II_Result r) {
      r.r1 = first.times.get();
      r.r2 = last.times.get();
    }
  }

  @JCStressTest
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "each told once")
  @Outcome(expect = FORBIDDEN, desc = "told twice, or never")
  @State
  public static class ObserveVsObserve extends Ending {
    private final Told one = new Told();
    private final Told other = new Told();

    @Actor
    public void observer() {
      thread.observe(one);
    }

    @Actor
    public void rival() {
      thread.observe(other);
    }

    @Arbiter
    public void arbiter(II_Result r) {
      end();
      r.r1 = one.times.get();
      r.r2 = other.times.get();
    }
  }

  /** A subscription; r1 counts onNext, r2 onComplete, and onError as 100. */
  abstract static class Subscribed extends Ending {
    final Signals signals = new Signals();
    final OutcomeSubscription subscription = new OutcomeSubscription(signals, thread);

    Subscribed() {
      subscription.open();
      thread.observe(subscription);
    }

    final void count(II_Result r) {
      r.r1 = signals.values.get();
      r.r2 = signals.ends.get();
    }
  }

  @JCStressTest
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "signalled once")
  @Outcome(expect = FORBIDDEN, desc = "signalled twice, or never")
  @State
  public static class RequestVsEnded extends Subscribed {
    @Actor
    public void subscriber() {
      subscription.request(1);
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
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "signalled once")
  @Outcome(expect = FORBIDDEN, desc = "signalled twice, or never")
  @State
  public static class RequestVsRequest extends Subscribed {
    public RequestVsRequest() {
      end();
    }

    @Actor
    public void subscriber() {
      subscription.request(1);
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
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "signalled before the cancellation")
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "cancelled within onNext")
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "cancelled first")
  @Outcome(expect = FORBIDDEN, desc = "signalled twice, or the completion of a value not seen")
  @State
  public static class CancelVsEnded extends Subscribed {
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
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "the outcome, then a request that is ignored")
  @Outcome(id = "0, 100", expect = ACCEPTABLE, desc = "the error of a request for nothing")
  @Outcome(expect = FORBIDDEN, desc = "the outcome and an error")
  @State
  public static class IllegalRequestVsEnded extends Subscribed {
    public IllegalRequestVsEnded() {
      subscription.request(1);
    }

    @Actor
    public void subscriber() {
      subscription.request(0);
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
}
