/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.picot.loop.Loops;
import java.util.List;
import java.util.Objects;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;
import org.openjdk.jcstress.infra.results.ZI_Result;

/** The racing pairs of {@link Children} and {@link Siblings}. */
public final class ChildrenStressTest {
  private ChildrenStressTest() {}

  private static CallbackThread<Object> thread() {
    return new CallbackThread<>(Task.value(1), Loops.closed());
  }

  private static CallbackThread<Object> ended(String value) {
    CallbackThread<Object> thread = thread();
    thread.save(value, null, null);
    thread.end(CallbackThreadState.COMPLETED);
    return thread;
  }

  /** A slice that was taken over starts a child, while its parent is failed. */
  @JCStressTest
  @Outcome(id = "true, 1", expect = ACCEPTABLE, desc = "started; whoever closes cancels it")
  @Outcome(id = "false, 0", expect = ACCEPTABLE, desc = "refused")
  @Outcome(expect = FORBIDDEN, desc = "a child that nobody cancels, or that is not there")
  @State
  public static class AddVsClose {
    private final Children children = new Children();
    private final Child child = new Child(thread(), thread(), null, 0);

    @Actor
    public void adder(ZI_Result r) {
      r.r1 = children.add(child);
    }

    @Actor
    public void closer(ZI_Result r) {
      r.r2 = children.close().size();
    }
  }

  abstract static class Two {
    private final CallbackThread<?> parent = Awaiters.waiter();
    private final Siblings siblings;
    private final CallbackThread<?> a = ended("a");
    private final CallbackThread<?> b = ended("b");

    Two(Siblings.Until until) {
      siblings = new Siblings(parent, until, parent.scheduler(), List.of(Task.done(), Task.done()));
    }

    final void endA() {
      siblings.ended(a, 0);
    }

    final void endB() {
      siblings.ended(b, 1);
    }

    final String result() {
      return String.valueOf(Objects.requireNonNull(siblings.result(), "no result"));
    }
  }

  @JCStressTest
  @Outcome(id = "\\[a, b\\]", expect = ACCEPTABLE, desc = "whoever is last gives both values")
  @Outcome(expect = FORBIDDEN, desc = "a value is missing")
  @State
  public static class EndVsEndOfAll extends Two {
    public EndVsEndOfAll() {
      super(Siblings.Until.ALL);
    }

    @Actor
    public void one() {
      endA();
    }

    @Actor
    public void other() {
      endB();
    }

    @Arbiter
    public void result(L_Result r) {
      r.r1 = result();
    }
  }

  @JCStressTest
  @Outcome(id = "a", expect = ACCEPTABLE, desc = "the one was first")
  @Outcome(id = "b", expect = ACCEPTABLE, desc = "the other was first")
  @Outcome(expect = FORBIDDEN, desc = "nobody decided")
  @State
  public static class EndVsEndOfFirst extends Two {
    public EndVsEndOfFirst() {
      super(Siblings.Until.FIRST);
    }

    @Actor
    public void one() {
      endA();
    }

    @Actor
    public void other() {
      endB();
    }

    @Arbiter
    public void result(L_Result r) {
      r.r1 = result();
    }
  }
}
