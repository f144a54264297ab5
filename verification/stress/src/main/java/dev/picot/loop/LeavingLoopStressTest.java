/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.List;
import java.util.Objects;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** A loop leaves while somebody posts a task that waits on it. */
public final class LeavingLoopStressTest {
  private LeavingLoopStressTest() {}

  /** Waits until it is posted, and counts its slices. */
  static final class Waiter extends LoopTask {
    int slices;

    @Override
    protected void onInbox(Loop loop) {
      loop.forget(this);
      loop.ready(this);
    }

    @Override
    protected void runSlice(LoopThread thread) {
      slices++;
      thread.exitSlice();
    }
  }

  @JCStressTest
  @Outcome(id = "1, 1, 0", expect = ACCEPTABLE, desc = "it ran once, at the successor")
  @Outcome(id = "1, 1, 1", expect = ACCEPTABLE, desc = "it ran once, before the loop left")
  @Outcome(expect = FORBIDDEN, desc = "lost, or run twice")
  @State
  public static class LeaveVsPost {
    private final LoopGroup group = Loops.groupByHand(2);
    private final Loop successor = group.loops().get(0);
    private final Loop leaving = group.loops().get(1);
    private final Waiter waiter = new Waiter();
    private boolean posted;

    public LeaveVsPost() {
      leaving.post(
          new ControlTask(
              "wait",
              loop -> {
                waiter.loop = loop;
                loop.keep(waiter, Long.MAX_VALUE);
              }));
      Loops.turn(leaving);
    }

    @Actor
    public void owner() {
      group.resize(1);
      Loops.turn(leaving);
    }

    @Actor
    public void producer() {
      posted = Objects.requireNonNull(waiter.loop).post(waiter);
    }

    @Arbiter
    public void drain(III_Result result) {
      result.r3 = waiter.slices;
      for (Loop loop : List.of(leaving, successor, successor)) {
        Loops.turn(loop);
      }
      result.r1 = waiter.slices;
      result.r2 = posted ? 1 : 0;
    }
  }
}
