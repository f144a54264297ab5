/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZI_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** The racing pair of the ownership word: the end of a slice, and its takeover. */
public final class OwnershipStressTest {
  private OwnershipStressTest() {}

  /** A slice that notes whether its owner still had the loop at its end. */
  static final class Slice extends LoopTask {
    boolean kept;

    @Override
    protected void runSlice(LoopThread thread) {
      kept = thread.exitSlice();
    }
  }

  private static LoopThread owner(Loop loop) {
    LoopThread thread = new LoopThread("owner");
    thread.adopt(loop, loop.ownershipAcquire(), null);
    return thread;
  }

  private static boolean takeOver(Loop loop) {
    long word = loop.ownershipAcquire();
    return Ownership.phase(word) == Ownership.SLICE
        && loop.casOwnership(word, Ownership.takenOver(word));
  }

  /** One slice. */
  @JCStressTest
  @Outcome(id = "true, false", expect = ACCEPTABLE, desc = "the slice ended first")
  @Outcome(id = "false, true", expect = ACCEPTABLE, desc = "the loop was taken over")
  @Outcome(expect = FORBIDDEN, desc = "two owners, or none")
  @State
  public static class ExitSliceVsTakeOver {
    private final Loop loop = new Loop("loop", null, Ticker.system());
    private final LoopThread thread = owner(loop);
    private final Slice slice = new Slice();

    @Actor
    public void slice(ZZ_Result r) {
      thread.slice(slice);
      r.r1 = slice.kept;
    }

    @Actor
    public void takeOver(ZZ_Result r) {
      r.r2 = OwnershipStressTest.takeOver(loop);
    }
  }

  /** Two slices: a verdict about the first must not hit the second. */
  @JCStressTest
  @Outcome(id = "true, false, 0", expect = ACCEPTABLE, desc = "no slice was taken over")
  @Outcome(id = "false, true, 7", expect = ACCEPTABLE, desc = "what was written before is seen")
  @Outcome(expect = FORBIDDEN, desc = "two owners, none, or a new owner that sees old structures")
  @State
  public static class SecondSliceVsTakeOver {
    private final Loop loop = new Loop("loop", null, Ticker.system());
    private final LoopThread thread = owner(loop);
    private final Slice first = new Slice();
    private final Slice second = new Slice();
    private int structure;

    @Actor
    public void slices(ZZI_Result r) {
      structure = 7;
      r.r1 = thread.slice(first) && thread.slice(second);
    }

    @Actor
    public void takeOver(ZZI_Result r) {
      r.r2 = OwnershipStressTest.takeOver(loop);
      r.r3 = r.r2 ? structure : 0;
    }
  }
}
