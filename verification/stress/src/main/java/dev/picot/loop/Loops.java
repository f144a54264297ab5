/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Objects;

/** Loops that nobody drives, and what is in them. */
public final class Loops {
  private static final Housekeeping HOUSEKEEPING = Housekeeping.begin();
  private static final LoopGroup.Limits LIMITS =
      new LoopGroup.Limits(1, 1, Long.MAX_VALUE, 1, Duration.ZERO, false);

  private static final VarHandle INBOX;

  static {
    try {
      MethodHandles.Lookup lookup =
          MethodHandles.privateLookupIn(Loop.class, MethodHandles.lookup());
      INBOX = lookup.findVarHandle(Loop.class, "inbox", Inbox.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private Loops() {}

  /** A loop without an owner. */
  public static Loop idle() {
    return group(1).loops().get(0);
  }

  /** Loops whose owners are stand-ins. */
  public static LoopGroup groupByHand(int count) {
    LoopGroup group = group(count);
    group.startByHand();
    return group;
  }

  /** A loop whose owner is a stand-in. */
  public static Loop byHand() {
    return groupByHand(1).loops().get(0);
  }

  /** One turn of a loop whose owner is a stand-in, unless it has lost the loop. */
  public static void turn(Loop loop) {
    LoopThread standIn = Objects.requireNonNull(loop.owner());
    if (standIn.isOwning()) {
      standIn.beginTurn();
      loop.turn(standIn);
      standIn.endTurn();
    }
  }

  private static LoopGroup group(int count) {
    return new LoopGroup(
        "stress",
        count,
        LIMITS,
        Ticker.system(),
        null,
        HOUSEKEEPING,
        "no scheduler",
        () -> true,
        () -> {});
  }

  /** A loop that has ended. */
  public static Loop closed() {
    Loop loop = idle();
    ((Inbox) INBOX.get(loop)).tryClose();
    return loop;
  }

  static LoopThread ownerOf(Loop loop) {
    LoopThread thread = new LoopThread("stress");
    thread.adopt(loop, loop.ownershipAcquire(), null);
    return thread;
  }

  /** How many tasks are in the inbox. */
  public static int posted(Loop loop) {
    int count = 0;
    for (LoopTask task = ((Inbox) INBOX.get(loop)).takeAll(); task != null; task = task.next) {
      count++;
    }
    return count;
  }

  /** How many tasks are in the ready list. */
  public static int ready(Loop loop) {
    return loop.lists.readyCount();
  }
}
