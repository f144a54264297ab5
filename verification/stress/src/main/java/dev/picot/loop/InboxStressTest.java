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
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;
import org.openjdk.jcstress.infra.results.ZZI_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** The racing pairs of {@link Inbox}. */
public final class InboxStressTest {
  private InboxStressTest() {}

  /** A task with a name and some content that was written before its push. */
  static final class Task extends LoopTask {
    final int name;
    int content;

    Task(int name) {
      this.name = name;
    }

    @Override
    protected void runSlice(LoopThread thread) {}
  }

  /** Names and contents in the order in which they come out, as the digits of a number. */
  static int drain(Inbox inbox) {
    int seen = 0;
    for (LoopTask task = inbox.takeAll(); task != null; task = task.next) {
      seen = seen * 10 + (((Task) task).content == 7 ? ((Task) task).name : 9);
    }
    return seen;
  }

  @JCStressTest
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "pushed before the inbox was closed")
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "refused")
  @Outcome(expect = FORBIDDEN, desc = "lost, or taken and refused")
  @State
  public static class PushVsClose {
    private final Inbox inbox = new Inbox();
    private final Task task = new Task(1);

    @Actor
    public void producer(II_Result result) {
      task.content = 7;
      result.r2 = inbox.push(task) == Inbox.Pushed.REFUSED ? 1 : 0;
    }

    @Actor
    public void owner(II_Result result) {
      LoopTask left = inbox.close();
      result.r1 = left instanceof Task last && last.content == 7 ? last.name : 0;
    }
  }

  @JCStressTest
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "pushed before the take")
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "pushed after the take")
  @Outcome(expect = FORBIDDEN, desc = "lost, taken twice, or its content was not seen")
  @State
  public static class PushVsTakeAll {
    private final Inbox inbox = new Inbox();
    private final Task task = new Task(1);

    @Actor
    public void producer() {
      task.content = 7;
      inbox.push(task);
    }

    @Actor
    public void owner(II_Result r) {
      r.r1 = drain(inbox);
    }

    @Arbiter
    public void rest(II_Result r) {
      r.r2 = drain(inbox);
    }
  }

  @JCStressTest
  @Outcome(id = "true, false, 1", expect = ACCEPTABLE, desc = "asleep, then woken by the push")
  @Outcome(id = "false, false, 1", expect = ACCEPTABLE, desc = "pushed first: the owner stays up")
  @Outcome(expect = FORBIDDEN, desc = "the owner sleeps on a task, or a task was lost")
  @State
  public static class PushVsTryPark {
    private final Inbox inbox = new Inbox();
    private final Task task = new Task(1);
    private boolean wakes;

    @Actor
    public void producer() {
      task.content = 7;
      wakes = inbox.push(task) == Inbox.Pushed.QUEUED_AND_OWNER_SLEEPS;
    }

    @Actor
    public void owner(ZZI_Result r) {
      r.r1 = inbox.tryPark();
    }

    @Arbiter
    public void rest(ZZI_Result r) {
      r.r2 = r.r1 != wakes; // asleep and not woken, or woken though awake
      r.r3 = drain(inbox);
    }
  }

  @JCStressTest
  @Outcome(id = "true, false", expect = ACCEPTABLE, desc = "one of two pushes wakes the owner")
  @Outcome(id = "false, true", expect = ACCEPTABLE, desc = "the other one does")
  @Outcome(expect = FORBIDDEN, desc = "no wake-up, or two for one sleep")
  @State
  public static class PushVsPushIntoASleep {
    private final Inbox inbox = new Inbox();
    private final Task one = new Task(1);
    private final Task other = new Task(2);

    public PushVsPushIntoASleep() {
      inbox.tryPark();
    }

    @Actor
    public void producer(ZZ_Result r) {
      r.r1 = inbox.push(one) == Inbox.Pushed.QUEUED_AND_OWNER_SLEEPS;
    }

    @Actor
    public void rival(ZZ_Result r) {
      r.r2 = inbox.push(other) == Inbox.Pushed.QUEUED_AND_OWNER_SLEEPS;
    }
  }

  @JCStressTest
  @Outcome(id = "true, false, 1", expect = ACCEPTABLE, desc = "pushed; the inbox stays open")
  @Outcome(id = "false, true, 0", expect = ACCEPTABLE, desc = "closed; the push is refused")
  @Outcome(expect = FORBIDDEN, desc = "a task in a closed inbox, or refused by an open one")
  @State
  public static class PushVsTryClose {
    private final Inbox inbox = new Inbox();
    private final Task task = new Task(1);

    @Actor
    public void producer(ZZI_Result r) {
      task.content = 7;
      r.r1 = inbox.push(task) != Inbox.Pushed.REFUSED;
    }

    @Actor
    public void owner(ZZI_Result r) {
      r.r2 = inbox.tryClose();
    }

    @Arbiter
    public void rest(ZZI_Result r) {
      r.r3 = inbox.isClosed() ? 0 : drain(inbox);
    }
  }

  /** One pushes 1, 2, the other 3, 4. */
  @JCStressTest
  @Outcome(id = "1234|1324|1342|3124|3142|3412", expect = ACCEPTABLE, desc = "in their order")
  @Outcome(expect = FORBIDDEN, desc = "a producer's tasks out of their order, lost, or twice")
  @State
  public static class TwoProducersKeepTheirOrder {
    private final Inbox inbox = new Inbox();

    @Actor
    public void producer() {
      push(inbox, 1);
      push(inbox, 2);
    }

    @Actor
    public void rival() {
      push(inbox, 3);
      push(inbox, 4);
    }

    @Arbiter
    public void owner(I_Result r) {
      r.r1 = drain(inbox);
    }
  }

  /** The owner takes twice while 1, 2 and 3 are pushed; r3 is what is left. */
  @JCStressTest
  @Outcome(
      id = {
        "0, 0, 123", "0, 1, 23", "0, 12, 3", "0, 123, 0", "1, 0, 23",
        "1, 2, 3", "1, 23, 0", "12, 0, 3", "12, 3, 0", "123, 0, 0"
      },
      expect = ACCEPTABLE,
      desc = "in their order")
  @Outcome(expect = FORBIDDEN, desc = "out of order, lost, or taken twice")
  @State
  public static class OwnerTakesInOrder {
    private final Inbox inbox = new Inbox();

    @Actor
    public void producer() {
      push(inbox, 1);
      push(inbox, 2);
      push(inbox, 3);
    }

    @Actor
    public void owner(III_Result r) {
      r.r1 = drain(inbox);
      r.r2 = drain(inbox);
    }

    @Arbiter
    public void rest(III_Result r) {
      r.r3 = drain(inbox);
    }
  }

  private static void push(Inbox inbox, int name) {
    Task task = new Task(name);
    task.content = 7;
    inbox.push(task);
  }
}
