/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** The racing pairs of finalizers: the slice, and the owner after a failed stall. */
public final class ClaimStressTest {
  private ClaimStressTest() {}

  private static Frame.Using using() {
    Task.Use use = new Task.Use(thing -> Task.done(), (thing, outcome) -> Task.done());
    return new Frame.Using(use, null, null);
  }

  /** Two want to run a doFinally. */
  @JCStressTest
  @org.openjdk.jcstress.annotations.Outcome(
      id = {"true, false", "false, true"},
      expect = ACCEPTABLE,
      desc = "one of them runs it")
  @org.openjdk.jcstress.annotations.Outcome(expect = FORBIDDEN, desc = "it runs twice or never")
  @State
  public static class FinallyVsFinally {
    private final Frame.Finally frame = new Frame.Finally(null, null);

    @Actor
    public void slice(ZZ_Result r) {
      r.r1 = frame.claim();
    }

    @Actor
    public void owner(ZZ_Result r) {
      r.r2 = frame.claim();
    }
  }

  /** Something is acquired while the acquire is given up. */
  @JCStressTest
  @org.openjdk.jcstress.annotations.Outcome(
      id = {"true, false", "false, true"},
      expect = ACCEPTABLE,
      desc = "it was acquired, or is released late")
  @org.openjdk.jcstress.annotations.Outcome(expect = FORBIDDEN, desc = "used and given up, or lost")
  @State
  public static class AcquiredVsAbandon {
    private final Frame.Using frame = using();

    @Actor
    public void slice(ZZ_Result r) {
      r.r1 = frame.acquired("thing");
    }

    @Actor
    public void owner(ZZ_Result r) {
      r.r2 = frame.abandon();
    }
  }

  /** Two want to release. */
  @JCStressTest
  @org.openjdk.jcstress.annotations.Outcome(
      id = {"true, false", "false, true"},
      expect = ACCEPTABLE,
      desc = "one of them releases")
  @org.openjdk.jcstress.annotations.Outcome(expect = FORBIDDEN, desc = "released twice or never")
  @State
  public static class ReleaseVsRelease {
    private final Frame.Using frame = using();

    public ReleaseVsRelease() {
      frame.acquired("thing");
    }

    @Actor
    public void slice(ZZ_Result r) {
      r.r1 = frame.claim();
    }

    @Actor
    public void owner(ZZ_Result r) {
      r.r2 = frame.claim();
    }
  }
}
