/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.picot.loop.Loop;
import dev.picot.loop.Loops;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;
import reactor.core.publisher.Operators;

/** The source, the loop and downstream of {@link BurstSubscriber} against each other. */
public final class BurstStressTest {
  private BurstStressTest() {}

  /** A subscriber whose home is a loop that is driven by hand. */
  abstract static class Burst {
    final Loop home = Loops.byHand();
    final Counting downstream = new Counting(0);
    final BurstSubscriber<Integer> burst = new BurstSubscriber<>(downstream, home, null, 4);

    Burst() {
      burst.onSubscribe(Operators.emptySubscription());
    }

    /** One for what was posted, one for what that has left ready. */
    final void drain() {
      Loops.turn(home);
      Loops.turn(home);
    }
  }

  @JCStressTest
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "signalled once")
  @Outcome(expect = FORBIDDEN, desc = "lost, or signalled twice")
  @State
  public static class ValueVsDemand extends Burst {
    @Actor
    public void source() {
      burst.onNext(1);
    }

    @Actor
    public void downstream() {
      burst.request(1);
    }

    @Arbiter
    public void arbiter(I_Result r) {
      drain();
      r.r1 = downstream.values.get();
    }
  }

  @JCStressTest
  @Outcome(id = "2, 1", expect = ACCEPTABLE, desc = "all of it, then the end")
  @Outcome(expect = FORBIDDEN, desc = "lost, or signalled twice")
  @State
  public static class ValuesVsSlice extends Burst {
    public ValuesVsSlice() {
      burst.request(Long.MAX_VALUE);
      burst.onNext(1);
    }

    @Actor
    public void source() {
      burst.onNext(2);
      burst.onComplete();
    }

    @Actor
    public void loop() {
      Loops.turn(home);
    }

    @Arbiter
    public void arbiter(II_Result r) {
      drain();
      r.r1 = downstream.values.get();
      r.r2 = downstream.ends.get();
    }
  }

  @JCStressTest
  @Outcome(id = "0, 1, 0", expect = ACCEPTABLE, desc = "the value is discarded, once")
  @Outcome(expect = FORBIDDEN, desc = "neither signalled nor discarded, or after the cancellation")
  @State
  public static class ValueVsCancel extends Burst {
    public ValueVsCancel() {
      burst.request(1);
    }

    @Actor
    public void source() {
      burst.onNext(1);
    }

    @Actor
    public void downstream() {
      burst.cancel();
    }

    @Arbiter
    public void arbiter(III_Result r) {
      drain();
      r.r1 = downstream.values.get();
      r.r2 = downstream.discarded.get();
      r.r3 = downstream.ends.get();
    }
  }

  @JCStressTest
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "signalled before the cancellation was seen")
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "discarded")
  @Outcome(expect = FORBIDDEN, desc = "both, or neither")
  @State
  public static class SliceVsCancel extends Burst {
    public SliceVsCancel() {
      burst.request(1);
      burst.onNext(1);
    }

    @Actor
    public void loop() {
      Loops.turn(home);
    }

    @Actor
    public void downstream() {
      burst.cancel();
    }

    @Arbiter
    public void arbiter(II_Result r) {
      drain();
      r.r1 = downstream.values.get();
      r.r2 = downstream.discarded.get();
    }
  }

  @JCStressTest
  @Outcome(id = "0, 1, 100", expect = ACCEPTABLE, desc = "discarded, and failed once")
  @Outcome(expect = FORBIDDEN, desc = "lost, or failed twice")
  @State
  public static class ValuesVsDemandOfALoopThatHasEnded {
    final Counting downstream = new Counting(0);
    final BurstSubscriber<Integer> burst =
        new BurstSubscriber<>(downstream, Loops.closed(), null, 4);

    public ValuesVsDemandOfALoopThatHasEnded() {
      burst.onSubscribe(Operators.emptySubscription());
    }

    @Actor
    public void source() {
      burst.onNext(1);
    }

    @Actor
    public void downstream() {
      burst.request(1);
    }

    @Arbiter
    public void arbiter(III_Result r) {
      r.r1 = downstream.values.get();
      r.r2 = downstream.discarded.get();
      r.r3 = downstream.ends.get();
    }
  }
}
