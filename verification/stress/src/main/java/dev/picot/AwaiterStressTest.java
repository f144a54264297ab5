/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZI_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** The racing pairs of {@link Awaiter}. */
public final class AwaiterStressTest {
  private AwaiterStressTest() {}

  abstract static class Waiting {
    final CallbackThread<?> thread = Awaiters.waiter();
    final Awaiter awaiter = new Awaiters.Plain(thread);
  }

  @JCStressTest
  @Outcome(
      id = "true, false",
      expect = ACCEPTABLE,
      desc = "the result is there; the waiter takes it")
  @Outcome(id = "false, true", expect = ACCEPTABLE, desc = "given up; the result is refused")
  @Outcome(expect = FORBIDDEN, desc = "a result that both sides count on, or neither")
  @State
  public static class CompleteVsAbandon extends Waiting {
    @Actor
    public void completer(ZZ_Result r) {
      r.r1 = awaiter.complete("result");
    }

    @Actor
    public void waiter(ZZ_Result r) {
      r.r2 = awaiter.abandon(null);
    }
  }

  @JCStressTest
  @Outcome(
      id = "true, false",
      expect = ACCEPTABLE,
      desc = "the result is there; the waiter takes it")
  @Outcome(id = "true, true", expect = ACCEPTABLE, desc = "given up; the orphan takes it")
  @Outcome(id = "false, .*", expect = FORBIDDEN, desc = "what was acquired is lost")
  @State
  public static class CompleteVsAbandonWithinAcquire extends Waiting {
    private final Orphan orphan = Awaiters.orphanOf(thread);

    @Actor
    public void completer(ZZ_Result r) {
      r.r1 = awaiter.complete("resource");
    }

    @Actor
    public void waiter(ZZ_Result r) {
      r.r2 = awaiter.abandon(orphan);
    }
  }

  @JCStressTest
  @Outcome(id = "true, false", expect = ACCEPTABLE, desc = "the first value is taken")
  @Outcome(id = "false, true", expect = ACCEPTABLE, desc = "the second value is taken")
  @Outcome(expect = FORBIDDEN, desc = "two values are taken, or none")
  @State
  public static class CompleteVsCompleteOfAnOrphan extends Waiting {
    public CompleteVsCompleteOfAnOrphan() {
      awaiter.abandon(Awaiters.orphanOf(thread));
    }

    @Actor
    public void completer(ZZ_Result r) {
      r.r1 = awaiter.complete("resource");
    }

    @Actor
    public void rival(ZZ_Result r) {
      r.r2 = awaiter.complete("another");
    }
  }

  /** The waiter is failed while its release waits; a callback thread of its own goes on waiting. */
  @JCStressTest
  @Outcome(id = "(true|false), true, 1", expect = ACCEPTABLE, desc = "woken, or it looked in time")
  @Outcome(expect = FORBIDDEN, desc = "the heir sleeps on a result that is there")
  @State
  public static class CompleteVsWaitsFrom extends Waiting {
    private final Heir heir = new Heir();

    @Actor
    public void completer() {
      awaiter.complete("result");
    }

    @Actor
    public void detachedThread(ZZI_Result r) {
      awaiter.waitsFrom(heir);
      r.r1 = awaiter.isDone();
    }

    @Arbiter
    public void arbiter(ZZI_Result r) {
      r.r2 = awaiter.isDone();
      r.r3 = r.r1 || heir.woken ? 1 : 0;
    }
  }

  /** A callback thread that only hears that it is woken. */
  private static final class Heir extends CallbackThreadCore {
    private volatile boolean woken;

    Heir() {
      super(Task.done(), null, null, Awaiters.waiter().boundLoop());
    }

    @Override
    void wakeUp() {
      woken = true;
    }

    @Override
    long id() {
      return 0;
    }

    @Override
    String name() {
      return "heir";
    }

    @Override
    LoopScheduler scheduler() {
      return (LoopScheduler) boundLoop().group().scheduler();
    }
  }
}
