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
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/** The racing pairs of {@link EmissionGate}. */
public final class EmissionGateStressTest {
  private EmissionGateStressTest() {}

  private static final int NOT_ENTERED = 0;
  private static final int LEFT = 1;
  private static final int CLOSED_WITHIN = 2;
  private static final int NOT_READ = -1;

  /** Results: how the emission went; what the closer found; whether it sees what onNext wrote. */
  abstract static class Emission {
    private final EmissionGate gate = new EmissionGate();
    private int written;

    void emit(III_Result r) {
      if (gate.enter()) {
        written++;
        r.r1 = gate.leave() ? LEFT : CLOSED_WITHIN;
      } else {
        r.r1 = NOT_ENTERED;
      }
    }

    void enter() {
      if (!gate.enter()) {
        throw new IllegalStateException("closed");
      }
    }

    int close() {
      return gate.close();
    }

    int written() {
      return written;
    }
  }

  /** A cancellation; the end of a callback thread, also of one that was taken over, is the same. */
  @JCStressTest
  @Outcome(id = "0, 0, 0", expect = ACCEPTABLE, desc = "closed before; no value")
  @Outcome(id = "1, 0, 1", expect = ACCEPTABLE, desc = "after the value, and it is seen")
  @Outcome(id = "2, 1, -1", expect = ACCEPTABLE, desc = "within the value; no further signal")
  @Outcome(expect = FORBIDDEN, desc = "two signals overlap, or the later does not see the earlier")
  @State
  public static class EmitVsClose extends Emission {
    @Actor
    public void slice(III_Result r) {
      emit(r);
    }

    @Actor
    public void closer(III_Result r) {
      r.r2 = close();
      r.r3 = r.r2 == EmissionGate.OPEN ? written() : NOT_READ;
    }
  }

  @JCStressTest
  @Outcome(id = "[01], 0, 2", expect = ACCEPTABLE, desc = "one finds it open")
  @Outcome(id = "[01], 2, 0", expect = ACCEPTABLE, desc = "one finds it open")
  @Outcome(id = "2, 1, 2", expect = ACCEPTABLE, desc = "one finds the value, the other nothing")
  @Outcome(id = "2, 2, 1", expect = ACCEPTABLE, desc = "one finds the value, the other nothing")
  @Outcome(expect = FORBIDDEN, desc = "two ends, or none")
  @State
  public static class EmitVsCloseVsClose extends Emission {
    @Actor
    public void slice(III_Result r) {
      emit(r);
    }

    @Actor
    public void canceller(III_Result r) {
      r.r2 = close();
    }

    @Actor
    public void newOwner(III_Result r) {
      r.r3 = close();
    }
  }

  /** Between values. With two processors jcstress leaves the test with three actors out. */
  @JCStressTest
  @Outcome(id = "0, 2", expect = ACCEPTABLE, desc = "one finds it open")
  @Outcome(id = "2, 0", expect = ACCEPTABLE, desc = "one finds it open")
  @Outcome(expect = FORBIDDEN, desc = "two ends, or none")
  @State
  public static class CloseVsClose extends Emission {
    @Actor
    public void canceller(II_Result r) {
      r.r1 = close();
    }

    @Actor
    public void newOwner(II_Result r) {
      r.r2 = close();
    }
  }

  /** Within a value. */
  @JCStressTest
  @Outcome(id = "1, 2", expect = ACCEPTABLE, desc = "one finds the value, the other nothing")
  @Outcome(id = "2, 1", expect = ACCEPTABLE, desc = "one finds the value, the other nothing")
  @Outcome(expect = FORBIDDEN, desc = "two ends, or none")
  @State
  public static class CloseVsCloseWithinAValue extends Emission {
    public CloseVsCloseWithinAValue() {
      enter();
    }

    @Actor
    public void canceller(II_Result r) {
      r.r1 = close();
    }

    @Actor
    public void newOwner(II_Result r) {
      r.r2 = close();
    }
  }
}
