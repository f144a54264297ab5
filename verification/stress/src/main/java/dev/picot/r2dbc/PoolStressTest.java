/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.picot.loop.Loops;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/** Whose turn it is in a {@link Pool}, and what comes of an {@link Acquire}. */
public final class PoolStressTest {
  private PoolStressTest() {}

  @JCStressTest
  @Outcome(id = "1, 1, 0", expect = ACCEPTABLE, desc = "lent again")
  @Outcome(expect = FORBIDDEN, desc = "waits beside an idle connection, or is served twice")
  @State
  public static class AcquireVsGiveBack extends OneConnection.Lent {
    final Caller next = new Caller();

    @Actor
    public void caller() {
      next.acquire.request(1);
    }

    @Actor
    public void holder() {
      pool.giveBack(lease.slot());
    }

    @Arbiter
    public void arbiter(III_Result r) {
      drain();
      r.r1 = next.served.get();
      r.r2 = pool.stats().acquired();
      r.r3 = pool.stats().idle();
    }
  }

  @JCStressTest
  @Outcome(id = "1, 1, 1", expect = ACCEPTABLE, desc = "one is served, the other waits")
  @Outcome(expect = FORBIDDEN, desc = "both or none has it, or one is lost")
  @State
  public static class AcquireVsAcquire extends OneConnection.Free {
    final Caller one = new Caller();
    final Caller other = new Caller();

    @Actor
    public void one() {
      one.acquire.request(1);
    }

    @Actor
    public void other() {
      other.acquire.request(1);
    }

    @Arbiter
    public void arbiter(III_Result r) {
      drain();
      r.r1 = one.served.get() + other.served.get();
      r.r2 = pool.stats().acquired();
      r.r3 = pool.stats().pending();
    }
  }

  @JCStressTest
  @Outcome(id = "1, 1, 0", expect = ACCEPTABLE, desc = "served before the cancellation was seen")
  @Outcome(id = "0, 0, 1", expect = ACCEPTABLE, desc = "cancelled; the connection is in the pool")
  @Outcome(expect = FORBIDDEN, desc = "the connection is lost")
  @State
  public static class AcquireVsCancel extends OneConnection.Free {
    final Caller caller = new Caller();

    @Actor
    public void asks() {
      caller.acquire.request(1);
    }

    @Actor
    public void cancels() {
      caller.acquire.cancel();
    }

    @Arbiter
    public void arbiter(III_Result r) {
      drain();
      r.r1 = caller.served.get();
      r.r2 = pool.stats().acquired();
      r.r3 = pool.stats().idle();
    }
  }

  @JCStressTest
  @Outcome(id = "1, 1, 0", expect = ACCEPTABLE, desc = "served before the cancellation was seen")
  @Outcome(id = "0, 0, 1", expect = ACCEPTABLE, desc = "cancelled; the connection is in the pool")
  @Outcome(expect = FORBIDDEN, desc = "the connection is lost")
  @State
  public static class GiveBackVsCancelOfWhoWaits extends OneConnection.Lent {
    final Caller waits = new Caller();

    public GiveBackVsCancelOfWhoWaits() {
      waits.acquire.request(1);
    }

    @Actor
    public void holder() {
      pool.giveBack(lease.slot());
    }

    @Actor
    public void cancels() {
      waits.acquire.cancel();
    }

    @Arbiter
    public void arbiter(III_Result r) {
      drain();
      r.r1 = waits.served.get();
      r.r2 = pool.stats().acquired();
      r.r3 = pool.stats().idle();
    }
  }

  @JCStressTest
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "closed once, and told")
  @Outcome(expect = FORBIDDEN, desc = "left open, or closed twice")
  @State
  public static class GiveBackVsClose extends OneConnection.Lent {
    @Actor
    public void holder() {
      pool.giveBack(lease.slot());
    }

    @Actor
    public void closes() {
      pool.close();
    }

    @Arbiter
    public void arbiter(II_Result r) {
      drain();
      r.r1 = closed.get();
      r.r2 = pool.done().isDone() ? 1 : 0;
    }
  }

  @JCStressTest
  @Outcome(id = "1, 0, 0", expect = ACCEPTABLE, desc = "served before it was closed")
  @Outcome(id = "0, 1, 1", expect = ACCEPTABLE, desc = "refused; the connection is closed")
  @Outcome(expect = FORBIDDEN, desc = "told both or nothing, or left open")
  @State
  public static class AcquireVsClose extends OneConnection.Free {
    final Caller caller = new Caller();

    @Actor
    public void asks() {
      caller.acquire.request(1);
    }

    @Actor
    public void closes() {
      pool.close();
    }

    @Arbiter
    public void arbiter(III_Result r) {
      drain();
      r.r1 = caller.served.get();
      r.r2 = caller.failed.get();
      r.r3 = closed.get();
    }
  }

  @JCStressTest
  @Outcome(id = "0, 1, 1", expect = ACCEPTABLE, desc = "not lent: asked before it was opened")
  @Outcome(id = "1, 0, 0", expect = ACCEPTABLE, desc = "opened and lent before it was closed")
  @Outcome(id = "0, 1, 0", expect = ACCEPTABLE, desc = "closed before it was opened")
  @Outcome(expect = FORBIDDEN, desc = "told both or nothing")
  @State
  public static class OpeningVsClose extends OneConnection {
    final Caller caller = new Caller();

    public OpeningVsClose() {
      caller.acquire.request(1);
    }

    @Actor
    public void loop() {
      Loops.turn(home);
    }

    @Actor
    public void closes() {
      pool.close();
    }

    @Arbiter
    public void arbiter(III_Result r) {
      drain();
      r.r1 = caller.served.get();
      r.r2 = caller.failed.get();
      r.r3 = closed.get();
    }
  }
}
