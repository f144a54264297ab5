/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.picot.loop.Loop;
import dev.picot.loop.LoopThread;
import dev.picot.loop.Loops;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.ZII_Result;
import org.openjdk.jcstress.infra.results.ZZI_Result;

/**
 * The racing pairs of {@link CallbackThreadState}. Results are what the actors were told, then the
 * state: 0 active, 1 waiting, 2 detached, 3 returned, 4 completed, 7 failing.
 */
@SuppressWarnings("this-escape") // the harness makes the states, nobody extends them
public final class CallbackThreadStateStressTest {
  private CallbackThreadStateStressTest() {}

  /** A word without a callback thread around it. */
  abstract static class Word extends CallbackThreadState {
    @Override
    protected void runSlice(LoopThread thread) {}

    final int stateNow() {
      return state(wordVolatile());
    }

    final int flagsNow() {
      int word = wordVolatile();
      return (wasCancelRequested(word) ? 1 : 0) + (wasSuspended(word) ? 10 : 0);
    }

    /** The state in which the request found it. */
    final int cancelled() {
      return state(requestCancel());
    }
  }

  @JCStressTest
  @Outcome(id = "true, 0, 0", expect = ACCEPTABLE, desc = "the waker enqueues")
  @Outcome(id = "false, 1, 0", expect = ACCEPTABLE, desc = "the canceller enqueues")
  @Outcome(expect = FORBIDDEN, desc = "enqueued by both or by nobody")
  @State
  public static class WakeVsCancel extends Word {
    public WakeVsCancel() {
      park(true, false, 0);
    }

    @Actor
    public void waker(ZII_Result r) {
      r.r1 = wake();
    }

    @Actor
    public void canceller(ZII_Result r) {
      r.r2 = cancelled();
    }

    @Arbiter
    public void arbiter(ZII_Result r) {
      r.r3 = stateNow();
    }
  }

  @JCStressTest
  @Outcome(id = "true, false, 0", expect = ACCEPTABLE, desc = "one waker enqueues")
  @Outcome(id = "false, true, 0", expect = ACCEPTABLE, desc = "the other one does")
  @Outcome(expect = FORBIDDEN, desc = "enqueued by both or by nobody")
  @State
  public static class WakeVsWake extends Word {
    public WakeVsWake() {
      park(true, false, 0);
    }

    @Actor
    public void waker(ZZI_Result r) {
      r.r1 = wake();
    }

    @Actor
    public void rival(ZZI_Result r) {
      r.r2 = wake();
    }

    @Arbiter
    public void arbiter(ZZI_Result r) {
      r.r3 = stateNow();
    }
  }

  @JCStressTest
  @Outcome(id = "true, 1, 0", expect = ACCEPTABLE, desc = "parked, and the canceller enqueues")
  @Outcome(id = "false, 0, 0", expect = ACCEPTABLE, desc = "not parked: the owner makes it ready")
  @Outcome(expect = FORBIDDEN, desc = "it waits on although it was cancelled, or is in two places")
  @State
  public static class ParkVsCancel extends Word {
    @Actor
    public void owner(ZII_Result r) {
      r.r1 = park(true, false, 0);
    }

    @Actor
    public void canceller(ZII_Result r) {
      r.r2 = cancelled();
    }

    @Arbiter
    public void arbiter(ZII_Result r) {
      r.r3 = stateNow();
    }
  }

  @JCStressTest
  @Outcome(id = "true, 1, 0", expect = ACCEPTABLE, desc = "parked, and the canceller enqueues")
  @Outcome(id = "true, 0, 1", expect = ACCEPTABLE, desc = "cancelled first: it waits protected")
  @Outcome(expect = FORBIDDEN, desc = "a protected wait was refused, or is in two places")
  @State
  public static class ProtectedParkVsCancel extends Word {
    @Actor
    public void owner(ZII_Result r) {
      r.r1 = park(false, false, 0);
    }

    @Actor
    public void canceller(ZII_Result r) {
      r.r2 = cancelled();
    }

    @Arbiter
    public void arbiter(ZII_Result r) {
      r.r3 = stateNow();
    }
  }

  /** The real wait of a real callback thread on a loop; then where it is. */
  @JCStressTest
  @Outcome(id = "1, 0, 0", expect = ACCEPTABLE, desc = "the owner saw the result and made it ready")
  @Outcome(id = "0, 1, 0", expect = ACCEPTABLE, desc = "parked, and posted with the result")
  @Outcome(id = "0, 0, 1", expect = FORBIDDEN, desc = "it waits for a result that is there")
  @Outcome(expect = FORBIDDEN, desc = "it is in two places or in none")
  @State
  public static class ParkVsResult {
    private final Loop loop = Loops.idle();
    private final CallbackThread<Object> thread = new CallbackThread<>(Task.value(1), loop);
    private final Awaiter awaiter = new Awaiters.Plain(thread);

    @Actor
    public void owner() {
      thread.waitIn(loop, awaiter, null, Scope.NO_DEADLINE);
    }

    @Actor
    public void completer() {
      awaiter.complete("result");
    }

    @Arbiter
    public void arbiter(III_Result r) {
      r.r1 = Loops.ready(loop);
      r.r2 = Loops.posted(loop);
      r.r3 = CallbackThreadState.state(thread.wordVolatile());
    }
  }

  @JCStressTest
  @Outcome(id = "true, true, 3", expect = ACCEPTABLE, desc = "detached, then it came home")
  @Outcome(id = "false, true, 3", expect = ACCEPTABLE, desc = "it was back before it was detached")
  @Outcome(expect = FORBIDDEN, desc = "it may not come home although nobody failed it")
  @State
  public static class DetachVsComeHome extends Word {
    @Actor
    public void newOwner(ZZI_Result r) {
      r.r1 = detach(0);
    }

    @Actor
    public void detachedThread(ZZI_Result r) {
      r.r2 = comeHome();
    }

    @Arbiter
    public void arbiter(ZZI_Result r) {
      r.r3 = stateNow();
    }
  }

  @JCStressTest
  @Outcome(id = "true, false, 3", expect = ACCEPTABLE, desc = "it came home")
  @Outcome(id = "false, true, 7", expect = ACCEPTABLE, desc = "it was failed")
  @Outcome(expect = FORBIDDEN, desc = "failed and continued, or neither")
  @State
  public static class ComeHomeVsBeginFailStall extends Word {
    public ComeHomeVsBeginFailStall() {
      detach(0);
    }

    @Actor
    public void detachedThread(ZZI_Result r) {
      r.r1 = comeHome();
    }

    @Actor
    public void newOwner(ZZI_Result r) {
      r.r2 = beginFailStall();
    }

    @Arbiter
    public void arbiter(ZZI_Result r) {
      r.r3 = stateNow();
    }
  }

  @JCStressTest
  @Outcome(
      id = "true, (0|4), 4",
      expect = ACCEPTABLE,
      desc = "completed, cancelled before or after")
  @Outcome(expect = FORBIDDEN, desc = "a cancellation undid the end, or the end was refused")
  @State
  public static class EndVsCancel extends Word {
    @Actor
    public void owner(ZII_Result r) {
      r.r1 = end(COMPLETED);
    }

    @Actor
    public void canceller(ZII_Result r) {
      r.r2 = cancelled();
    }

    @Arbiter
    public void arbiter(ZII_Result r) {
      r.r3 = stateNow();
    }
  }

  @JCStressTest
  @Outcome(id = "true, (0|3), 3", expect = ACCEPTABLE, desc = "home, with the flag")
  @Outcome(expect = FORBIDDEN, desc = "the request undid the return")
  @State
  public static class ComeHomeVsCancel extends Word {
    @Actor
    public void detachedThread(ZII_Result r) {
      r.r1 = comeHome();
    }

    @Actor
    public void canceller(ZII_Result r) {
      r.r2 = cancelled();
    }

    @Arbiter
    public void arbiter(ZII_Result r) {
      r.r3 = stateNow() + (wasCancelRequested(wordVolatile()) ? 0 : 100);
    }
  }

  @JCStressTest
  @Outcome(id = "true, true, 10", expect = ACCEPTABLE, desc = "woken, and suspended")
  @Outcome(expect = FORBIDDEN, desc = "one undid the other")
  @State
  public static class SuspendVsWake extends Word {
    public SuspendVsWake() {
      park(true, false, 0);
    }

    @Actor
    public void operator(ZZI_Result r) {
      r.r1 = suspend();
    }

    @Actor
    public void waker(ZZI_Result r) {
      r.r2 = wake();
    }

    @Arbiter
    public void arbiter(ZZI_Result r) {
      r.r3 = stateNow() + flagsNow();
    }
  }

  @JCStressTest
  @Outcome(id = "true, false, 0", expect = ACCEPTABLE, desc = "who resumes it enqueues it")
  @Outcome(id = "false, true, 0", expect = ACCEPTABLE, desc = "the waker does")
  @Outcome(expect = FORBIDDEN, desc = "enqueued by both or by nobody, or still suspended")
  @State
  public static class ResumeVsWake extends Word {
    public ResumeVsWake() {
      suspend();
      hold(0);
    }

    @Actor
    public void operator(ZZI_Result r) {
      r.r1 = resume() && wake();
    }

    @Actor
    public void waker(ZZI_Result r) {
      r.r2 = wake();
    }

    @Arbiter
    public void arbiter(ZZI_Result r) {
      r.r3 = stateNow() + flagsNow();
    }
  }

  @JCStressTest
  @Outcome(id = "true, false, 0", expect = ACCEPTABLE, desc = "one resumes and enqueues it")
  @Outcome(id = "false, true, 0", expect = ACCEPTABLE, desc = "the other one does")
  @Outcome(expect = FORBIDDEN, desc = "enqueued twice or not at all")
  @State
  public static class ResumeVsResume extends Word {
    public ResumeVsResume() {
      suspend();
      hold(0);
    }

    @Actor
    public void operator(ZZI_Result r) {
      r.r1 = resume() && wake();
    }

    @Actor
    public void rival(ZZI_Result r) {
      r.r2 = resume() && wake();
    }

    @Arbiter
    public void arbiter(ZZI_Result r) {
      r.r3 = stateNow() + flagsNow();
    }
  }

  @JCStressTest
  @Outcome(id = "(true|false), 0, 1", expect = ACCEPTABLE, desc = "cancelled, and not suspended")
  @Outcome(expect = FORBIDDEN, desc = "suspended and cancelled: it would not end")
  @State
  public static class SuspendVsCancel extends Word {
    @Actor
    public void operator(ZII_Result r) {
      r.r1 = suspend();
    }

    @Actor
    public void canceller(ZII_Result r) {
      r.r2 = cancelled();
    }

    @Arbiter
    public void arbiter(ZII_Result r) {
      r.r3 = stateNow() + flagsNow();
    }
  }

  @JCStressTest
  @Outcome(id = "true, true, 11", expect = ACCEPTABLE, desc = "it waits, suspended")
  @Outcome(expect = FORBIDDEN, desc = "one undid the other")
  @State
  public static class SuspendVsPark extends Word {
    @Actor
    public void operator(ZZI_Result r) {
      r.r1 = suspend();
    }

    @Actor
    public void owner(ZZI_Result r) {
      r.r2 = park(true, false, 0);
    }

    @Arbiter
    public void arbiter(ZZI_Result r) {
      r.r3 = stateNow() + flagsNow();
    }
  }

  @JCStressTest
  @Outcome(id = "true, true, 0", expect = ACCEPTABLE, desc = "held, then resumed and enqueued")
  @Outcome(id = "false, false, 0", expect = ACCEPTABLE, desc = "not held: its owner enqueues it")
  @Outcome(expect = FORBIDDEN, desc = "it is held for ever, or is in two places")
  @State
  public static class HoldVsResume extends Word {
    public HoldVsResume() {
      suspend();
    }

    @Actor
    public void owner(ZZI_Result r) {
      r.r1 = hold(0);
    }

    @Actor
    public void operator(ZZI_Result r) {
      r.r2 = resume() && wake();
    }

    @Arbiter
    public void arbiter(ZZI_Result r) {
      r.r3 = stateNow() + flagsNow();
    }
  }

  @JCStressTest
  @Outcome(id = "true, 1, 1", expect = ACCEPTABLE, desc = "held, then the canceller enqueues it")
  @Outcome(id = "false, 0, 1", expect = ACCEPTABLE, desc = "not held: its owner enqueues it")
  @Outcome(expect = FORBIDDEN, desc = "it is held although it was cancelled")
  @State
  public static class HoldVsCancel extends Word {
    public HoldVsCancel() {
      suspend();
    }

    @Actor
    public void owner(ZII_Result r) {
      r.r1 = hold(0);
    }

    @Actor
    public void canceller(ZII_Result r) {
      r.r2 = cancelled();
    }

    @Arbiter
    public void arbiter(ZII_Result r) {
      r.r3 = stateNow() + flagsNow();
    }
  }

  @JCStressTest
  @Outcome(id = "(true|false), true, 7", expect = ACCEPTABLE, desc = "ended by force")
  @Outcome(expect = FORBIDDEN, desc = "a wake kept it from being ended")
  @State
  public static class WakeVsForce extends Word {
    public WakeVsForce() {
      park(true, false, 0);
    }

    @Actor
    public void waker(ZZI_Result r) {
      r.r1 = wake();
    }

    @Actor
    public void owner(ZZI_Result r) {
      r.r2 = beginForce();
    }

    @Arbiter
    public void arbiter(ZZI_Result r) {
      r.r3 = stateNow();
    }
  }
}
