/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import dev.picot.internal.Provenance;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link Loop} schedules: the door from the loop upward.
 *
 * <p>A task is in exactly one place: the timer wheel or the waiting list of its loop, the ready
 * list, the inbox, or it is the loop's current one. Only who was woken is for a while in the inbox
 * and still in the list it waited in.
 *
 * <h2>Threading</h2>
 *
 * Each method says in which phase of the loop it is called. Only {@link #runSlice} runs user code.
 */
public abstract class LoopTask {
  /*
   * Who starts a task at the very end of its stack may not be able to post it, and the handler of
   * that StackOverflowError cannot call anything either. It can still store fields and make arrays:
   * it leaves the task here, as {task, the others}, and the watchdog does what is owed. Whoever does
   * more than that claims room on the stack first, see StackRoom; it costs more than a start does.
   */

  /** Guards {@link #owed}. */
  public static final Object OWED = new Object();

  /** Tasks that were started and perhaps not posted. */
  public static volatile Object @Nullable [] owed;

  /**
   * The next one in the inbox or in the ready list. Written by the thread that makes the task
   * ready, before the push, and then by the owner.
   */
  @Nullable LoopTask next;

  /** From 1: where in the {@link TaskList} it waits in; 0 if in none. Owner only. */
  int place;

  /**
   * The loop that the task belongs to. Null until it has first arrived at one, unless whoever makes
   * the task writes it. Written by the owner of the loop that it arrives at; who reads it elsewhere
   * may see one that forwards posts.
   */
  protected @Nullable Loop loop;

  /** When the task is in the timer wheel: the tick at which it is due. Owner only. */
  protected int deadline;

  /** For subclasses. */
  protected LoopTask() {}

  /** Whether it is in the timer wheel or the waiting list of its loop. Owner only. */
  final boolean isKept() {
    return place != 0;
  }

  /**
   * Runs one slice, in phase SLICE. The implementation ends it by {@link LoopThread#exitSlice()},
   * exactly once and whatever the user's code throws. When that returns true it is the owner of the
   * loop and puts the task where it belongs; when it returns false the loop was taken over, and it
   * may do no more than {@linkplain Loop#post post} the task.
   *
   * @param thread the thread that runs the slice
   */
  protected abstract void runSlice(LoopThread thread);

  /**
   * {@return the context in which the user code of a slice runs, or null} In phase SLICE, and only
   * if the loop's group carries contexts.
   */
  protected @Nullable Object context() {
    return null;
  }

  /** The task was taken from the inbox, in phase OWNER. By default it becomes ready. */
  protected void onInbox(Loop loop) {
    loop.ready(this);
  }

  /**
   * Tells whether balancing may move this task, while it is ready, to another loop; in phase OWNER.
   * By default it stays where it is for as long as its loop does.
   *
   * @return whether it may
   */
  protected boolean mayMove() {
    return false;
  }

  /** The deadline was reached and the task is in no list any more, in phase OWNER. */
  protected void onTimer(Loop loop) {
    loop.ready(this);
  }

  /**
   * A slice of this task was taken over, in phase OWNER of the new owner; the slice goes on on the
   * old thread.
   *
   * @param stall the account of this stall
   */
  protected void onTakeover(Loop loop, Stall stall) {}

  /**
   * A taken over slice has not come back in time, in phase OWNER. By default it is waited for.
   *
   * @param stall the account of this stall
   */
  protected void onStallFailed(Loop loop, Stall stall) {}

  /**
   * The thread of the loop has died outside slices, and its lists with it; in phase OWNER of the
   * next one. By default the task stays in the list it was in.
   *
   * @return whether the task has ended because of that
   */
  protected boolean onLoopLost(Loop loop) {
    return false;
  }

  /** The slice threw; the task is in no list, in phase OWNER. By default it is dropped. */
  protected void onCrash(Loop loop, Throwable error) {
    loop.group().housekeeping().report("A task of loop '" + loop.name() + "' was dropped", error);
  }

  /** The slice threw after its end, on the detached thread if its loop was taken over. */
  protected void onLateCrash(Throwable error) {
    Loop home = loop;
    if (home != null) {
      home.group().housekeeping().report("A slice of " + describe() + " failed late", error);
    }
  }

  /**
   * The task may never have arrived, in phase OWNER: if so it arrives now. It is not in the inbox,
   * for what was posted before this was asked has arrived.
   */
  protected void arriveIfLost(Loop loop) {}

  /** Watchdog: does what is owed after overflows. */
  static void settleOverflows() {
    if (owed == null) {
      return;
    }
    Object[] all;
    synchronized (OWED) {
      all = owed;
      owed = null;
    }
    for (Object[] at = all; at != null; at = (Object[]) at[1]) {
      LoopTask task = (LoopTask) at[0];
      Objects.requireNonNull(task.loop, "loop")
          .post(new ControlTask("lost task", task::arriveIfLost));
    }
  }

  /** The loop has ended while the task was waiting. */
  protected void onClosed() {}

  /** {@return the name of the callback thread for incident reports; empty if this is none} */
  protected String callbackThread() {
    return "";
  }

  /**
   * {@return whether it is work that somebody has asked for, that is not done and that no callback
   * thread does} Any thread.
   */
  protected boolean isWork() {
    return false;
  }

  /** {@return the names of the tasks it is in, as in {@code order > price}; empty if none} */
  protected String taskPath() {
    return "";
  }

  /** {@return who has started it, see {@link Provenance}; null if nobody knows} Any thread. */
  protected @Nullable Object provenance() {
    return null;
  }

  /** What incident reports call this task. Called on the aux thread. */
  protected String describe() {
    return getClass().getSimpleName();
  }
}
