/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.picot.loop.Loops;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZI_Result;
import org.openjdk.jcstress.infra.results.ZZZ_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** The racing pairs of {@link Frame.Finally}, {@link Frame.Using} and their publication. */
public final class FinalizerStressTest {
  private FinalizerStressTest() {}

  private static Frame.Using using() {
    return new Frame.Using(new Task.Use(a -> Task.done(), (a, o) -> Task.done()), null, null);
  }

  @JCStressTest
  @Outcome(id = "true, false", expect = ACCEPTABLE, desc = "the slice runs it")
  @Outcome(id = "false, true", expect = ACCEPTABLE, desc = "the new owner runs it")
  @Outcome(expect = FORBIDDEN, desc = "it runs twice, or never")
  @State
  public static class DoFinallyClaimVsClaim {
    private final Frame.Finally frame = new Frame.Finally(null, null);

    @Actor
    public void slice(ZZ_Result r) {
      r.r1 = frame.claim();
    }

    @Actor
    public void newOwner(ZZ_Result r) {
      r.r2 = frame.claim();
    }
  }

  @JCStressTest
  @Outcome(id = "true, false", expect = ACCEPTABLE, desc = "the slice releases")
  @Outcome(id = "false, true", expect = ACCEPTABLE, desc = "the new owner releases")
  @Outcome(expect = FORBIDDEN, desc = "released twice, or never")
  @State
  public static class ReleaseClaimVsClaim {
    private final Frame.Using frame = using();

    public ReleaseClaimVsClaim() {
      frame.acquired("connection");
    }

    @Actor
    public void slice(ZZ_Result r) {
      r.r1 = !frame.abandon() && frame.claim();
    }

    @Actor
    public void newOwner(ZZ_Result r) {
      r.r2 = !frame.abandon() && frame.claim();
    }
  }

  /** r1: the slice has acquired; r2: the new owner releases; r3: it sees what. */
  @JCStressTest
  @Outcome(id = "true, true, true", expect = ACCEPTABLE, desc = "acquired, and released at once")
  @Outcome(id = "false, false, false", expect = ACCEPTABLE, desc = "given up; an orphan releases")
  @Outcome(id = "true, true, false", expect = FORBIDDEN, desc = "released without the resource")
  @Outcome(expect = FORBIDDEN, desc = "the resource is lost")
  @State
  public static class AcquiredVsAbandon {
    private final Frame.Using frame = using();

    @Actor
    public void slice(ZZZ_Result r) {
      r.r1 = frame.acquired("connection");
    }

    @Actor
    public void newOwner(ZZZ_Result r) {
      r.r2 = !frame.abandon() && frame.claim();
      r.r3 = r.r2 && "connection".equals(frame.thing());
    }
  }

  /** r1: the slice notices that it was failed; r2: the new owner finds the frame. */
  @JCStressTest
  @Outcome(id = "true, false, 7", expect = ACCEPTABLE, desc = "the slice goes no further")
  @Outcome(id = "false, true, 7", expect = ACCEPTABLE, desc = "the new owner claims the frame")
  @Outcome(id = "true, true, 7", expect = ACCEPTABLE, desc = "both")
  @Outcome(id = "false, false, 7", expect = FORBIDDEN, desc = "a finalizer that nobody will run")
  @State
  public static class PublishStackVsBeginFailStall {
    private final CallbackThread<Object> thread = new CallbackThread<>(Task.value(1), Loops.idle());
    private final Frame frame = new Frame.Finally(null, null);

    public PublishStackVsBeginFailStall() {
      thread.detach(0);
    }

    @Actor
    public void slice(ZZI_Result r) {
      thread.publishStack(frame);
      r.r1 = CallbackThreadState.wasEnded(thread.wordVolatile());
    }

    @Actor
    public void newOwner(ZZI_Result r) {
      thread.beginFailStall();
      r.r2 = thread.stackVolatile() == frame;
    }

    @Arbiter
    public void arbiter(ZZI_Result r) {
      r.r3 = CallbackThreadState.state(thread.wordVolatile());
    }
  }
}
