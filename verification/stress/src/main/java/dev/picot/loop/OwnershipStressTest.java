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
import org.openjdk.jcstress.infra.results.III_Result;

/** The owner of a loop against the watchdog, by the real threads, words and slices. */
public final class OwnershipStressTest {
  private OwnershipStressTest() {}

  /** A loop, and the thread that owns it; neither runs by itself. */
  abstract static class Owned {
    final Loop loop = Loops.idle();
    final LoopThread owner = Loops.ownerOf(loop);
  }

  /** A slice that does nothing but end. */
  static final class Slice extends LoopTask {
    boolean stillOwned;

    @Override
    protected void runSlice(LoopThread thread) {
      stillOwned = thread.exitSlice();
    }
  }

  /** r1: whether the owner kept the loop; r2: what the watchdog took; r3: what it saw there. */
  @JCStressTest
  @Outcome(id = "1, 0, 0", expect = ACCEPTABLE, desc = "the slice ended first, or was not seen")
  @Outcome(id = "0, 1, 7", expect = ACCEPTABLE, desc = "taken over, with all structures")
  @Outcome(id = "1, 1, .*", expect = FORBIDDEN, desc = "two owners")
  @Outcome(id = "0, 0, .*", expect = FORBIDDEN, desc = "no owner")
  @Outcome(expect = FORBIDDEN, desc = "the new owner does not see what the old one wrote")
  @State
  public static class ExitSliceVsTakeOver extends Owned {
    private final Slice slice = new Slice();
    private int structure;

    @Actor
    public void owner(III_Result r) {
      structure = 7;
      r.r1 = owner.slice(slice) ? 1 : 0;
    }

    @Actor
    public void watchdog(III_Result r) {
      long word = loop.ownershipAcquire();
      if (Ownership.phase(word) == Ownership.SLICE) {
        LoopTask task = owner.task;
        if (loop.casOwnership(word, Ownership.takenOver(word))) {
          r.r2 = 1;
          r.r3 = task == slice ? structure : -1;
        }
      }
    }
  }

  /** r1, r2: whether the owner kept the loop after the first and the second slice, 2: not run. */
  @JCStressTest
  @Outcome(id = "1, 1, 0", expect = ACCEPTABLE, desc = "not taken over")
  @Outcome(id = "0, 2, 1", expect = ACCEPTABLE, desc = "the first slice was seen and taken over")
  @Outcome(id = "1, 0, 2", expect = ACCEPTABLE, desc = "the second slice was seen and taken over")
  @Outcome(
      id = "1, 0, 1",
      expect = FORBIDDEN,
      desc = "verdict on the first, takeover in the second")
  @Outcome(expect = FORBIDDEN, desc = "two owners, or none")
  @State
  public static class TakeOverHitsTheSliceThatWasSeen extends Owned {
    private final Slice first = new Slice();
    private final Slice second = new Slice();

    @Actor
    public void owner(III_Result r) {
      r.r2 = 2;
      if (owner.slice(first)) {
        r.r1 = 1;
        r.r2 = owner.slice(second) ? 1 : 0;
      }
    }

    @Actor
    public void watchdog(III_Result r) {
      long word = loop.ownershipAcquire();
      if (Ownership.phase(word) == Ownership.SLICE
          && loop.casOwnership(word, Ownership.takenOver(word))) {
        r.r3 = (int) Ownership.slice(word);
      }
    }
  }

  /** A reader of the loop's lists, with the ownership word as its seqlock. */
  @JCStressTest
  @Outcome(id = "1, .*, .*", expect = ACCEPTABLE, desc = "the reader noticed that it was disturbed")
  @Outcome(id = "0, (0|1|2), 0", expect = ACCEPTABLE, desc = "the lists before, between or after")
  @Outcome(expect = FORBIDDEN, desc = "torn lists, and the reader did not notice")
  @State
  public static class SliceVsReader extends Owned {
    private final Slice first = new Slice();
    private final Slice second = new Slice();
    private int left;
    private int right;

    @Actor
    public void owner() {
      owner.slice(first);
      left = 1;
      right = 1;
      owner.slice(second);
      left = 2;
      right = 2;
    }

    @Actor
    public void reader(III_Result r) {
      long word = loop.ownershipAcquire();
      if (Ownership.phase(word) != Ownership.SLICE) {
        r.r1 = 1;
        return;
      }
      r.r2 = left;
      r.r3 = right - left;
      java.lang.invoke.VarHandle.acquireFence();
      r.r1 = loop.ownershipAcquire() == word ? 0 : 1;
    }
  }
}
