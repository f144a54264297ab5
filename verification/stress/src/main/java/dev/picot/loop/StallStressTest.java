/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** The detached thread of a stall against the loop that fails its task. */
public final class StallStressTest {
  private StallStressTest() {}

  /** A slice that nobody runs. */
  private static final class Stuck extends LoopTask {
    @Override
    protected void runSlice(LoopThread thread) {
      throw new IllegalStateException("not run here");
    }
  }

  /** r1: how often the action ran; r2: how much of what both sides did before it saw. */
  @JCStressTest
  @Outcome(id = "1, 2", expect = ACCEPTABLE, desc = "once, after both")
  @Outcome(id = "0, .*", expect = FORBIDDEN, desc = "closing waits for nothing")
  @Outcome(expect = FORBIDDEN, desc = "twice, or too early")
  @State
  public static class HandedOverVsWhenHandedOver {
    private final Loop loop = Loops.idle();
    private final Stall stall = new Stall(loop, new Stuck(), Loops.ownerOf(loop), 1, -1);
    private int heldByLoop;
    private int leftBySlice;
    private int runs;
    private int seen;

    @Actor
    public void loop() {
      heldByLoop = 1;
      stall.whenHandedOver(
          () -> {
            runs++;
            seen = heldByLoop + leftBySlice;
          });
    }

    @Actor
    public void detached() {
      leftBySlice = 1;
      stall.handedOver();
    }

    @Arbiter
    public void arbiter(II_Result r) {
      r.r1 = runs;
      r.r2 = seen;
    }
  }
}
