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
import org.openjdk.jcstress.infra.results.I_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** The racing pairs of {@link Inbox}. */
public final class InboxStressTest {
  private InboxStressTest() {}

  static final class Letter extends LoopTask {
    @Override
    protected void runSlice(LoopThread thread) {}
  }

  private static int length(LoopTask oldest) {
    int length = 0;
    for (LoopTask at = oldest; at != null; at = at.inboxNext) {
      length++;
    }
    return length;
  }

  /** Two producers and the owner. */
  @JCStressTest
  @Outcome(id = "2", expect = ACCEPTABLE, desc = "each letter was taken once")
  @Outcome(expect = FORBIDDEN, desc = "a letter was lost or taken twice")
  @State
  public static class PushVsPushVsTakeAll {
    private final Inbox inbox = new Inbox();
    private int taken;

    @Actor
    public void push() {
      inbox.push(new Letter());
    }

    @Actor
    public void pushToo() {
      inbox.push(new Letter());
    }

    @Actor
    public void takeAll() {
      taken = length(inbox.takeAll());
    }

    @Arbiter
    public void rest(I_Result r) {
      r.r1 = taken + length(inbox.takeAll());
    }
  }

  /** A producer of two letters and the owner. */
  @JCStressTest
  @Outcome(id = "0, 12", expect = ACCEPTABLE, desc = "taken before")
  @Outcome(id = "1, 2", expect = ACCEPTABLE, desc = "taken in between")
  @Outcome(id = "12, 0", expect = ACCEPTABLE, desc = "taken afterwards")
  @Outcome(expect = FORBIDDEN, desc = "lost, or in another order than pushed")
  @State
  public static class PushInOrderVsTakeAll {
    private final Inbox inbox = new Inbox();
    private final LoopTask first = new Letter();
    private final LoopTask second = new Letter();

    @Actor
    public void push() {
      inbox.push(first);
      inbox.push(second);
    }

    @Actor
    public void takeAll(II_Result r) {
      r.r1 = digits(inbox.takeAll());
    }

    @Arbiter
    public void rest(II_Result r) {
      r.r2 = digits(inbox.takeAll());
    }

    private int digits(LoopTask oldest) {
      int digits = 0;
      for (LoopTask at = oldest; at != null; at = at.inboxNext) {
        digits = 10 * digits + (at == first ? 1 : 2);
      }
      return digits;
    }
  }

  /** The owner goes to sleep while a letter arrives. */
  @JCStressTest
  @Outcome(id = "true, true", expect = ACCEPTABLE, desc = "asleep, and woken by the push")
  @Outcome(id = "false, false", expect = ACCEPTABLE, desc = "the letter kept the owner awake")
  @Outcome(expect = FORBIDDEN, desc = "asleep on a letter, or woken without sleeping")
  @State
  public static class PushVsTryPark {
    private final Inbox inbox = new Inbox();

    @Actor
    public void push(ZZ_Result r) {
      r.r2 = inbox.push(new Letter()) == Inbox.Pushed.QUEUED_AND_OWNER_SLEEPS;
    }

    @Actor
    public void tryPark(ZZ_Result r) {
      r.r1 = inbox.tryPark();
    }
  }

  /** The loop ends while a letter arrives. */
  @JCStressTest
  @Outcome(id = "true, false", expect = ACCEPTABLE, desc = "closed, and the letter was refused")
  @Outcome(id = "false, true", expect = ACCEPTABLE, desc = "the letter kept the inbox open")
  @Outcome(expect = FORBIDDEN, desc = "a letter in a closed inbox, or refused by an open one")
  @State
  public static class PushVsTryClose {
    private final Inbox inbox = new Inbox();

    @Actor
    public void push(ZZ_Result r) {
      r.r2 = inbox.push(new Letter()) != Inbox.Pushed.REFUSED;
    }

    @Actor
    public void tryClose(ZZ_Result r) {
      r.r1 = inbox.tryClose();
    }
  }
}
