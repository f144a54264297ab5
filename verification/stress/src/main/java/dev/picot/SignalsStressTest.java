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
import org.openjdk.jcstress.infra.results.ZL_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** The racing pairs of {@link Signals}. */
public final class SignalsStressTest {
  private SignalsStressTest() {}

  abstract static class Waiting {
    final Signals signals = new Signals();
    final Awaiter awaiter = new Awaiters.Plain(Awaiters.waiter());

    final Object polled() {
      Object signal = signals.poll();
      return signal == null ? "-" : signal;
    }
  }

  @JCStressTest
  @Outcome(id = "true, a", expect = ACCEPTABLE, desc = "the waiter is told, and takes the signal")
  @Outcome(expect = FORBIDDEN, desc = "a waiter that is not told, or a lost signal")
  @State
  public static class PushVsAwait extends Waiting {
    @Actor
    public void publisher() {
      signals.push("a");
    }

    @Actor
    public void waiter() {
      signals.await(awaiter);
    }

    @Arbiter
    public void result(ZL_Result r) {
      r.r1 = awaiter.isDone();
      r.r2 = polled();
    }
  }

  @JCStressTest
  @Outcome(
      id = {"true, ab", "true, a-b", "true, -ab", "true, --ab"},
      expect = ACCEPTABLE,
      desc = "both signals, in order")
  @Outcome(expect = FORBIDDEN, desc = "a signal that is lost, doubled or out of order")
  @State
  public static class PushVsPoll extends Waiting {
    private String seen = "";

    @Actor
    public void publisher() {
      signals.push("a");
      signals.push("b");
    }

    @Actor
    public void waiter() {
      seen = "" + polled() + polled();
    }

    @Arbiter
    public void result(ZL_Result r) {
      r.r1 = true;
      String rest = "";
      for (Object next = signals.poll(); next != null; next = signals.poll()) {
        rest += next;
      }
      r.r2 = seen + rest;
    }
  }

  @JCStressTest
  @Outcome(id = "true, a", expect = ACCEPTABLE, desc = "pushed first, taken by the test")
  @Outcome(id = "true, -", expect = ACCEPTABLE, desc = "closed; the signal is dropped")
  @Outcome(expect = FORBIDDEN, desc = "signals are kept after the close")
  @State
  public static class PushVsClose extends Waiting {
    @Actor
    public void publisher() {
      signals.push("a");
    }

    @Actor
    public void closer(ZL_Result r) {
      r.r2 = polled();
      signals.close(true, dropped -> {});
    }

    @Arbiter
    public void result(ZL_Result r) {
      r.r1 = signals.isClosed() && signals.poll() == null;
    }
  }

  @JCStressTest
  @Outcome(id = "true, true", expect = ACCEPTABLE, desc = "the waiter is told, and it is closed")
  @Outcome(expect = FORBIDDEN, desc = "a waiter that waits for ever")
  @State
  public static class AwaitVsClose extends Waiting {
    @Actor
    public void waiter() {
      signals.await(awaiter);
    }

    @Actor
    public void closer() {
      signals.close(true, dropped -> {});
    }

    @Arbiter
    public void result(ZZ_Result r) {
      r.r1 = awaiter.isDone();
      r.r2 = signals.isClosed();
    }
  }
}
