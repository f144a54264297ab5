/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Finds slices that do not end and takes their loops over; does nothing that could hold it up. It
 * also does what threads at the end of their stack could not do, see {@link LoopTask}.
 *
 * <p>Every 10 ms it samples the ownership word of each loop, and sooner while more takeovers are
 * due than there are standby threads. Time is counted in ticks: a late tick counts like a punctual
 * one, so a pause of the process (garbage collection, debugger, suspended host) or a starved
 * processor ages no slice by more than one tick.
 */
final class Watchdog extends Keeper {
  /*
   * What the same word again and again means, by its phase
   *   SLICE    a step does not return: warn, take over, fail
   *   OWNER    the owner hangs or has died: no new work, report, start afresh if it has died
   *   IO       the same: a handler of the I/O driver hangs, and nobody else may go on with it
   *   PARKED   idle, unless the inbox has something or a timer is overdue: then wake it up, as if
   *            the wake-up had been lost; after that as OWNER
   *   CLOSED   nothing
   */
  static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  /** When it looks again if a takeover is due and the next standby is still being started. */
  private static final long SOON_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /** After so many ticks a loop that should not sleep is woken up. */
  private static final int TICKS_TO_CURE = 2;

  private final Housekeeping housekeeping;
  private final List<LoopGroup> groups = new CopyOnWriteArrayList<>();

  /** Takeovers whose steps have not returned. This thread only. */
  private final List<Stall> stalls = new ArrayList<>();

  /** A takeover is due for which there was no standby. This thread only. */
  private boolean lacksStandby;

  private volatile boolean stopped;

  Watchdog(Housekeeping housekeeping) {
    super(Census.Role.WATCHDOG, "picot-watchdog");
    this.housekeeping = housekeeping;
  }

  void watch(LoopGroup group) {
    groups.add(group);
  }

  void forget(LoopGroup group) {
    groups.remove(group);
  }

  List<LoopGroup> groups() {
    return groups;
  }

  void end() {
    stopped = true;
    LockSupport.unpark(thread());
  }

  @Override
  public void run() {
    while (!stopped) {
      if (isToDie()) {
        return;
      }
      long before = System.nanoTime();
      long tick = lacksStandby ? SOON_NANOS : TICK_NANOS;
      LockSupport.parkNanos(this, tick);
      lacksStandby = false;
      long counted = Math.min(tick, System.nanoTime() - before);
      Thread.interrupted(); // else no later sleep would last
      try {
        groups.forEach(group -> look(group, counted));
        age(counted);
        LoopTask.settleOverflows();
        if (!stopped) {
          housekeeping.reviveAux();
        }
      } catch (Throwable e) { // no memory, for example: the next tick tries again
        housekeeping.report("The watchdog goes on after an unexpected error", e);
      }
    }
  }

  private void look(LoopGroup group, long counted) {
    group.all().forEach(loop -> sample(loop, counted));
    boolean unhealthy = group.isUnhealthy();
    if (unhealthy != group.seenUnhealthy) {
      group.seenUnhealthy = unhealthy;
      housekeeping.healthChanged(group, unhealthy);
    }
  }

  private void sample(Loop loop, long counted) {
    loop.settleOverflow();
    long word = loop.ownershipAcquire();
    if (word != loop.watch.word) {
      moved(loop);
      loop.watch.word = word;
      return;
    }
    switch (Ownership.phase(word)) {
      case Ownership.SLICE -> inSlice(loop, word, counted);
      case Ownership.OWNER, Ownership.IO -> outsideSlices(loop, word, counted);
      case Ownership.PARKED -> {
        if (loop.isOverdue() || hasDied(responsible(loop))) {
          outsideSlices(loop, word, counted);
        } else {
          moved(loop);
        }
      }
      default -> {}
    }
  }

  private void moved(Loop loop) {
    LoopWatch watch = loop.watch;
    Stall ended = watch.episode;
    if (ended != null) {
      watch.episode = null;
      housekeeping.stallEnded(ended);
    }
    if (watch.hungReported) {
      watch.hungReported = false;
      housekeeping.loopMoves(loop, watch.stuckNanos);
    }
    loop.hung = false;
    watch.stuckNanos = 0;
    watch.waitedNanos = 0;
  }

  private void inSlice(Loop loop, long word, long counted) {
    LoopWatch watch = loop.watch;
    LoopThread owner = loop.owner();
    LoopTask task = owner == null ? null : owner.task;
    if (owner == null || task == null) {
      return;
    }
    if (watch.stuckNanos == 0) {
      watch.cpuNanos = Verdict.cpuNanos(owner.platform());
    }
    watch.stuckNanos += counted;
    if (Verdict.isWaiting(owner.platform())) {
      watch.waitedNanos += counted;
    }
    LoopGroup group = loop.group();
    LoopGroup.Limits limits = group.limits();
    if (watch.stuckNanos >= limits.warnNanos() && watch.stuckNanos - counted < limits.warnNanos()) {
      loop.countStall();
    }
    Stall episode = watch.episode;
    if (episode == null && watch.stuckNanos >= limits.warnNanos() && !group.isQuiet()) {
      episode = account(loop, task, owner);
      housekeeping.stallSeen(episode);
    }
    if (episode != null) {
      episode.is(watch.stuckNanos, watch.waitedNanos);
    }
    if (watch.stuckNanos >= limits.takeoverNanos() || hasDied(owner)) {
      loop.hung = true; // no new work until it goes on
      takeOver(loop, word, task, owner);
    }
  }

  private Stall account(Loop loop, LoopTask task, LoopThread owner) {
    LoopWatch watch = loop.watch;
    Stall stall = new Stall(loop, task, owner, housekeeping.nextNumber(), watch.cpuNanos);
    stall.is(watch.stuckNanos, watch.waitedNanos);
    watch.episode = stall;
    return stall;
  }

  private void takeOver(Loop loop, long word, LoopTask task, LoopThread old) {
    LoopWatch watch = loop.watch;
    LoopGroup group = loop.group();
    Stall root = rootOf(old);
    if (!group.mayDetach(root != null)) {
      return;
    }
    LoopThread standby = takeStandby();
    if (standby == null) {
      return;
    }
    Stall stall = watch.episode == null ? account(loop, task, old) : watch.episode;
    if (root != null) {
      stall.follow(root);
    }
    if (!loop.takeOver(word, standby, stall)) {
      housekeeping.putBack(standby);
      return;
    }
    watch.heir = standby;
    watch.episode = null;
    loop.hung = false;
    stalls.add(stall);
    housekeeping.takenOver(stall);
    if (hasDied(old)) {
      stall.judged = true;
      loop.post(
          new ControlTask(
              "death of a thread",
              owned -> {
                task.onStallFailed(owned, stall);
                stall.stepReturned();
              }));
    }
  }

  private @Nullable LoopThread takeStandby() {
    LoopThread standby = housekeeping.takeStandby();
    lacksStandby |= standby == null;
    return standby;
  }

  /** The stall whose thread holds the lock that a thread waits for, and does not give it back. */
  private @Nullable Stall rootOf(LoopThread waiting) {
    if (stalls.isEmpty() || !Verdict.isWaiting(waiting)) {
      return null;
    }
    long holder = Verdict.wantedBy(waiting.getId()).holder();
    for (Stall stall : stalls) {
      if (stall.thread().getId() == holder && !stall.hasReturned()) {
        Stall first = stall.root();
        return first == null ? stall : first;
      }
    }
    return null;
  }

  private void outsideSlices(Loop loop, long word, long counted) {
    LoopWatch watch = loop.watch;
    watch.stuckNanos += counted;
    LoopThread owner = responsible(loop);
    if (hasDied(owner)) {
      replaceDead(loop, word, owner);
      return;
    }
    if (owner != null && watch.stuckNanos >= TICKS_TO_CURE * TICK_NANOS) {
      loop.wakeOwner();
    }
    if (watch.stuckNanos >= loop.group().limits().takeoverNanos()) {
      loop.hung = true;
      if (!watch.hungReported && !loop.group().isQuiet()) {
        watch.hungReported = true;
        housekeeping.loopHung(loop, watch.stuckNanos);
      }
    }
  }

  /** Who has to go on with it outside slices. Its {@code owner()} is the last that has. */
  private static @Nullable LoopThread responsible(Loop loop) {
    LoopThread heir = loop.watch.heir;
    return heir == null ? loop.owner() : heir;
  }

  private static boolean hasDied(@Nullable LoopThread owner) {
    return owner != null && owner.getState() == Thread.State.TERMINATED;
  }

  /** Its thread has died outside slices: another one gets the loop, and begins afresh. */
  private void replaceDead(Loop loop, long word, @Nullable LoopThread dead) {
    LoopThread standby = takeStandby();
    if (standby == null) {
      return;
    }
    long next = Ownership.takenOver(word);
    if (!loop.casOwnership(word, next)) {
      housekeeping.putBack(standby);
      return;
    }
    loop.watch.heir = standby;
    standby.replace(loop, next);
    housekeeping.loopLost(loop, dead);
  }

  private void age(long counted) {
    for (Iterator<Stall> i = stalls.iterator(); i.hasNext(); ) {
      Stall stall = i.next();
      if (stall.hasReturned()) {
        i.remove();
        housekeeping.stallEnded(stall);
        continue;
      }
      stall.grow(counted);
      if (!stall.judged && stall.nanos() >= stall.loop().group().limits().failNanos()) {
        judge(stall);
      }
    }
  }

  /**
   * Decides whether a stall has failed its task, and tells the loop. While a step could run, only
   * the processor time that it gets counts, so nobody fails because the machine is starved. Whether
   * a step that could run waits in native code shows its stack, which the aux thread takes.
   */
  private void judge(Stall stall) {
    if (stall.blamedNanos() >= stall.loop().group().limits().failNanos()
        || stall.nativeLook == Stall.NativeLook.BLOCKED) {
      stall.judged = true;
      stall.loop().post(new ControlTask("fail", loop -> stall.task().onStallFailed(loop, stall)));
    } else if (stall.nativeLook == Stall.NativeLook.NONE) {
      stall.nativeLook = Stall.NativeLook.ASKED;
      housekeeping.lookForNative(stall);
    }
  }
}
