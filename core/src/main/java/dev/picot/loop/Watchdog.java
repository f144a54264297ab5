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

/**
 * Finds slices that do not end and takes their loops over; does nothing that could hold it up. It
 * also does what threads at the end of their stack could not do, see {@link LoopTask}.
 *
 * <p>Every 10 ms it samples the ownership word of each loop. Time is counted in ticks: a late tick
 * counts like a punctual one, so a pause of the process (garbage collection, debugger, suspended
 * host) or a starved processor ages no slice by more than one tick.
 */
final class Watchdog extends Thread {
  static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final Housekeeping housekeeping;
  private final List<LoopGroup> groups = new CopyOnWriteArrayList<>();

  /** Stalls whose steps have not returned. This thread only. */
  private final List<Stall> stalls = new ArrayList<>();

  /** The last incident's number. This thread only. */
  private int incidents;

  private volatile boolean stopped;

  Watchdog(Housekeeping housekeeping) {
    super(null, null, "picot-watchdog", 0, false);
    this.housekeeping = housekeeping;
    setDaemon(true);
  }

  void watch(LoopGroup group) {
    groups.add(group);
  }

  void forget(LoopGroup group) {
    groups.remove(group);
  }

  void end() {
    stopped = true;
    LockSupport.unpark(this);
  }

  @Override
  public void run() {
    while (!stopped) {
      long before = System.nanoTime();
      LockSupport.parkNanos(this, TICK_NANOS);
      long counted = Math.min(TICK_NANOS, System.nanoTime() - before);
      try {
        groups.forEach(group -> group.all().forEach(loop -> sample(loop, counted)));
        age(counted);
        LoopTask.settleOverflows();
      } catch (Throwable e) { // no memory, for example: the next tick tries again
        housekeeping.report("The watchdog goes on after an unexpected error", e);
      }
    }
  }

  private void sample(Loop loop, long counted) {
    loop.settleOverflow();
    long word = loop.ownershipAcquire();
    if (word != loop.sampledWord || Ownership.phase(word) != Ownership.SLICE) {
      if (loop.warned) {
        loop.warned = false;
        housekeeping.stallEnded(loop, loop.stuckNanos);
      }
      loop.sampledWord = word;
      loop.stuckNanos = 0;
      return;
    }
    LoopThread owner = loop.owner();
    if (loop.stuckNanos == 0 && owner != null) {
      loop.stuckCpu = Verdict.cpuNanos(owner.platform());
    }
    loop.stuckNanos += counted;
    LoopGroup.Limits limits = loop.group().limits();
    if (loop.stuckNanos >= limits.warnNanos() && loop.stuckNanos - counted < limits.warnNanos()) {
      loop.countStall();
    }
    if (loop.stuckNanos >= limits.warnNanos() && !loop.warned && !loop.group().isQuiet()) {
      loop.warned = true;
      housekeeping.stallSeen(loop, ++incidents, loop.stuckNanos);
    }
    if (loop.stuckNanos >= limits.takeoverNanos()) {
      takeOver(loop, word);
    }
  }

  private void takeOver(Loop loop, long word) {
    LoopGroup group = loop.group();
    LoopThread old = loop.owner();
    LoopTask task = old == null ? null : old.task;
    if (old == null || task == null || !group.mayDetach()) {
      return;
    }
    LoopThread standby = housekeeping.takeStandby();
    if (standby == null) {
      return; // being started; the next tick tries again
    }
    Stall stall = new Stall(loop, task, old, ++incidents, loop.stuckNanos, loop.stuckCpu);
    if (!loop.takeOver(word, standby, stall)) {
      housekeeping.putBack(standby);
      return;
    }
    loop.warned = false;
    stalls.add(stall);
    housekeeping.takenOver(stall);
  }

  private void age(long counted) {
    for (Iterator<Stall> i = stalls.iterator(); i.hasNext(); ) {
      Stall stall = i.next();
      if (stall.hasReturned()) {
        i.remove();
        housekeeping.stallReturned(stall);
        continue;
      }
      stall.grow(counted);
      if (!stall.judged && stall.nanos() >= stall.loop().group().limits().failNanos()) {
        stall.judged = true;
        housekeeping.judge(stall);
      }
    }
  }
}
