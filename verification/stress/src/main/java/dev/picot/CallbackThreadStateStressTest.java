/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.picot.loop.LoopThread;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZZ_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** The racing pairs of the state word of a callback thread. */
public final class CallbackThreadStateStressTest {
  private CallbackThreadStateStressTest() {}

  static final class Word extends CallbackThreadState {
    @Override
    protected void runSlice(LoopThread thread) {}

    Word parked() {
      park(true);
      return this;
    }

    Word detached() {
      detach();
      return this;
    }

    /** Whether the canceller found it waiting, so that it has to enqueue it. */
    boolean cancelFoundItWaiting() {
      return was(WAITING, requestCancel());
    }

    boolean is(int state) {
      return was(state, wordVolatile());
    }
  }

  /** A result and a cancellation reach a waiting callback thread. */
  @JCStressTest
  @org.openjdk.jcstress.annotations.Outcome(
      id = {"true, false", "false, true"},
      expect = ACCEPTABLE,
      desc = "one of them enqueues")
  @org.openjdk.jcstress.annotations.Outcome(
      expect = FORBIDDEN,
      desc = "in two places at once, or lost")
  @State
  public static class WakeVsCancel {
    private final Word word = new Word().parked();

    @Actor
    public void wake(ZZ_Result r) {
      r.r1 = word.wake();
    }

    @Actor
    public void cancel(ZZ_Result r) {
      r.r2 = word.cancelFoundItWaiting();
    }
  }

  /** A callback thread goes to wait while it is cancelled. */
  @JCStressTest
  @org.openjdk.jcstress.annotations.Outcome(
      id = {"true, true", "false, false"},
      expect = ACCEPTABLE,
      desc = "it waited and is enqueued by the canceller, or did not wait")
  @org.openjdk.jcstress.annotations.Outcome(
      expect = FORBIDDEN,
      desc = "it waits for ever, or is enqueued twice")
  @State
  public static class ParkVsCancel {
    private final Word word = new Word();

    @Actor
    public void park(ZZ_Result r) {
      r.r1 = word.park(true);
    }

    @Actor
    public void cancel(ZZ_Result r) {
      r.r2 = word.cancelFoundItWaiting();
    }
  }

  /** A result comes while the callback thread goes to wait for it. */
  @JCStressTest
  @org.openjdk.jcstress.annotations.Outcome(
      id = {"true, false, false", "false, true, false"},
      expect = ACCEPTABLE,
      desc = "one of them makes it ready")
  @org.openjdk.jcstress.annotations.Outcome(
      expect = FORBIDDEN,
      desc = "it waits for a result that is there, or is enqueued twice")
  @State
  public static class ParkVsComplete {
    private final Word word = new Word();
    private volatile boolean done;

    @Actor
    public void park(ZZZ_Result r) {
      r.r1 = word.park(true) && done && word.wake();
    }

    @Actor
    public void complete(ZZZ_Result r) {
      done = true;
      r.r2 = word.wake();
    }

    @Arbiter
    public void end(ZZZ_Result r) {
      r.r3 = word.is(CallbackThreadState.WAITING);
    }
  }

  /** The new owner marks the callback thread while its step returns on the detached thread. */
  @JCStressTest
  @org.openjdk.jcstress.annotations.Outcome(
      id = {"true, true, true", "false, true, true"},
      expect = ACCEPTABLE,
      desc = "it comes home, marked before or not")
  @org.openjdk.jcstress.annotations.Outcome(expect = FORBIDDEN, desc = "it does not come home")
  @State
  public static class DetachVsComeHome {
    private final Word word = new Word();

    @Actor
    public void detach(ZZZ_Result r) {
      r.r1 = word.detach();
    }

    @Actor
    public void comeHome(ZZZ_Result r) {
      r.r2 = word.comeHome();
    }

    @Arbiter
    public void end(ZZZ_Result r) {
      r.r3 = word.is(CallbackThreadState.RETURNED);
    }
  }

  /** The step returns while its callback thread is failed. */
  @JCStressTest
  @org.openjdk.jcstress.annotations.Outcome(
      id = {"true, false", "false, true"},
      expect = ACCEPTABLE,
      desc = "it goes on, or has failed")
  @org.openjdk.jcstress.annotations.Outcome(expect = FORBIDDEN, desc = "both, or neither")
  @State
  public static class ComeHomeVsFailStall {
    private final Word word = new Word().detached();

    @Actor
    public void comeHome(ZZ_Result r) {
      r.r1 = word.comeHome();
    }

    @Actor
    public void failStall(ZZ_Result r) {
      r.r2 = word.beginFailStall();
    }
  }

  /** It ends while it is cancelled. */
  @JCStressTest
  @org.openjdk.jcstress.annotations.Outcome(
      id = "true, false, true",
      expect = ACCEPTABLE,
      desc = "it has ended, and nobody enqueues it")
  @org.openjdk.jcstress.annotations.Outcome(
      expect = FORBIDDEN,
      desc = "ended and enqueued, or lost")
  @State
  public static class EndVsCancel {
    private final Word word = new Word();

    @Actor
    public void end(ZZZ_Result r) {
      r.r1 = word.end(CallbackThreadState.COMPLETED);
    }

    @Actor
    public void cancel(ZZZ_Result r) {
      r.r2 = word.cancelFoundItWaiting();
    }

    @Arbiter
    public void state(ZZZ_Result r) {
      r.r3 = word.is(CallbackThreadState.COMPLETED);
    }
  }
}
