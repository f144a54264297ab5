/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.picot.loop.StandingLoop;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** The racing pairs of those who learn of an outcome. */
public final class ObserversStressTest {
  private ObserversStressTest() {}

  static final class Counting extends Observer {
    final AtomicInteger told = new AtomicInteger();

    @Override
    void ended() {
      told.incrementAndGet();
    }
  }

  /** Two observers come while the callback thread ends. */
  @JCStressTest
  @org.openjdk.jcstress.annotations.Outcome(
      id = "11",
      expect = ACCEPTABLE,
      desc = "each was told once")
  @org.openjdk.jcstress.annotations.Outcome(expect = FORBIDDEN, desc = "not told, or told twice")
  @State
  public static class AddVsAddVsEnd {
    private final Observers all = new Observers();
    private final Counting one = new Counting();
    private final Counting other = new Counting();
    private volatile boolean ended;

    @Actor
    public void add() {
      observe(one);
    }

    @Actor
    public void addToo() {
      observe(other);
    }

    @Actor
    public void end() {
      ended = true;
      all.tell();
    }

    @Arbiter
    public void told(I_Result r) {
      r.r1 = 10 * one.told.get() + other.told.get();
    }

    private void observe(Observer observer) {
      all.add(observer);
      if (ended) {
        all.tell();
      }
    }
  }

  static final class Waiting extends Awaiter {
    Waiting() {
      super(new CallbackThread<>(Task.done(), null, null, null));
    }

    @Override
    void start() {}

    @Override
    String describeWait() {
      return "a result";
    }
  }

  /** A result comes while its callback thread stops waiting. */
  @JCStressTest
  @org.openjdk.jcstress.annotations.Outcome(
      id = {"true, false", "false, true"},
      expect = ACCEPTABLE,
      desc = "it was taken, or is known to be late")
  @org.openjdk.jcstress.annotations.Outcome(expect = FORBIDDEN, desc = "taken and dropped, or lost")
  @State
  public static class CompleteVsAbandon {
    private final Waiting awaiter = new Waiting();

    @Actor
    public void complete(ZZ_Result r) {
      r.r1 = awaiter.complete("result");
    }

    @Actor
    public void abandon(ZZ_Result r) {
      r.r2 = awaiter.abandon(null);
    }
  }

  /** A callback thread that has completed with a value. */
  private static CallbackThread<Integer> completed(StandingLoop standing) {
    CallbackThread<Integer> thread = new CallbackThread<>(Task.value(1), standing.loop());
    thread.save(1, null, null);
    thread.end(CallbackThreadState.COMPLETED);
    return thread;
  }

  /** Demand and the outcome reach a subscription. */
  @JCStressTest
  @org.openjdk.jcstress.annotations.Outcome(id = "1", expect = ACCEPTABLE, desc = "signalled once")
  @org.openjdk.jcstress.annotations.Outcome(expect = FORBIDDEN, desc = "signalled twice or never")
  @State
  public static class RequestVsEnded {
    private final StandingLoop standing = new StandingLoop();
    private final OutcomeSubscription subscription =
        new OutcomeSubscription(new IgnoringSubscriber(), completed(standing));

    public RequestVsEnded() {
      subscription.open();
    }

    @Actor
    public void request() {
      subscription.request(1);
    }

    @Actor
    public void ended() {
      subscription.ended();
    }

    @Arbiter
    public void signals(I_Result r) {
      r.r1 = standing.posted();
    }
  }

  /** A cancellation and the outcome reach a subscription. */
  @JCStressTest
  @org.openjdk.jcstress.annotations.Outcome(
      id = {"0", "1"},
      expect = ACCEPTABLE,
      desc = "cancelled before, or signalled once")
  @org.openjdk.jcstress.annotations.Outcome(expect = FORBIDDEN, desc = "signalled twice")
  @State
  public static class CancelVsEnded {
    private final StandingLoop standing = new StandingLoop();
    private final OutcomeSubscription subscription =
        new OutcomeSubscription(new IgnoringSubscriber(), completed(standing));

    public CancelVsEnded() {
      subscription.open();
      subscription.request(1);
    }

    @Actor
    public void cancel() {
      subscription.cancel();
    }

    @Actor
    public void ended() {
      subscription.ended();
    }

    @Arbiter
    public void signals(I_Result r) {
      r.r1 = standing.posted();
    }
  }
}
