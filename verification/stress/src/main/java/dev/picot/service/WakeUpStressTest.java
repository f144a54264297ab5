/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.service;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.picot.Action;
import dev.picot.AsyncSink;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;
import org.openjdk.jcstress.infra.results.ZI_Result;

/** The racing pairs of {@link WakeUp}. */
public final class WakeUpStressTest {
  private WakeUpStressTest() {}

  /** Counts how often it is told. */
  static final class Sink implements AsyncSink<Boolean> {
    final AtomicInteger told = new AtomicInteger();

    @Override
    public boolean success(Boolean value) {
      return told.getAndIncrement() == 0;
    }

    @Override
    public boolean error(Throwable error) {
      throw new IllegalStateException(error);
    }

    @Override
    public void onCancel(Action action) {}
  }

  @JCStressTest
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "the waiter is told once")
  @Outcome(expect = FORBIDDEN, desc = "a waiter that is not told, or twice")
  @State
  public static class HappenedVsAwait {
    private final WakeUp wakeUp = new WakeUp();
    private final Sink sink = new Sink();

    @Actor
    public void child() {
      wakeUp.happened();
    }

    @Actor
    public void supervisor() {
      wakeUp.await(sink);
    }

    @Arbiter
    public void result(I_Result r) {
      r.r1 = sink.told.get();
    }
  }

  @JCStressTest
  @Outcome(id = "true, 0", expect = ACCEPTABLE, desc = "found by the look")
  @Outcome(id = "true, 1", expect = ACCEPTABLE, desc = "found by the look, and told needlessly")
  @Outcome(id = "false, 1", expect = ACCEPTABLE, desc = "not found by the look, so told")
  @Outcome(expect = FORBIDDEN, desc = "an end that is neither found nor told")
  @State
  public static class HappenedVsTurn {
    private final WakeUp wakeUp = new WakeUp();
    private final Sink sink = new Sink();
    private volatile boolean ended;
    private boolean found;

    @Actor
    public void child() {
      ended = true;
      wakeUp.happened();
    }

    @Actor
    public void supervisor() {
      wakeUp.clear();
      found = ended;
      wakeUp.await(sink);
    }

    @Arbiter
    public void result(ZI_Result r) {
      r.r1 = found;
      r.r2 = sink.told.get();
    }
  }

  @JCStressTest
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "of two ends the first tells the waiter")
  @Outcome(expect = FORBIDDEN, desc = "a waiter that is not told, or twice")
  @State
  public static class HappenedVsHappened {
    private final WakeUp wakeUp = new WakeUp();
    private final Sink sink = new Sink();

    public HappenedVsHappened() {
      wakeUp.await(sink);
    }

    @Actor
    public void one() {
      wakeUp.happened();
    }

    @Actor
    public void other() {
      wakeUp.happened();
    }

    @Arbiter
    public void result(I_Result r) {
      r.r1 = sink.told.get();
    }
  }
}
