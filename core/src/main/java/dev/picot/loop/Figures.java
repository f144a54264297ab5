/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The figures of one loop, of a fixed size. Each has one writer, so no count is lost and none costs
 * a locked operation; any thread may read them, also while the loop is stuck.
 */
final class Figures {
  /** One slice in so many is timed. */
  static final int SAMPLE = 64;

  private static final long WINDOW_NANOS = 1_000_000_000;

  /** Five times what a {@link Lookout} takes at most. */
  private static final long LONG_NANOS = 100_000;

  private static final VarHandle READY;
  private static final VarHandle WAITING;
  private static final VarHandle TIMERS;
  private static final VarHandle SLICES;
  private static final VarHandle STALLS;
  private static final VarHandle TAKEOVERS;
  private static final VarHandle BEGAN;
  private static final VarHandle IDLE;
  private static final VarHandle RESTING;
  private static final VarHandle RESTED;
  private static final VarHandle RECENT;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      READY = lookup.findVarHandle(Figures.class, "ready", int.class);
      WAITING = lookup.findVarHandle(Figures.class, "waiting", int.class);
      TIMERS = lookup.findVarHandle(Figures.class, "timers", int.class);
      SLICES = lookup.findVarHandle(Figures.class, "slices", long.class);
      STALLS = lookup.findVarHandle(Figures.class, "stalls", long.class);
      TAKEOVERS = lookup.findVarHandle(Figures.class, "takeovers", long.class);
      BEGAN = lookup.findVarHandle(Figures.class, "began", long.class);
      IDLE = lookup.findVarHandle(Figures.class, "idle", long.class);
      RESTING = lookup.findVarHandle(Figures.class, "resting", long.class);
      RESTED = lookup.findVarHandle(Figures.class, "rested", long.class);
      RECENT = lookup.findVarHandle(Figures.class, "recent", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** How long sampled slices waited for their turn, and how long they held the loop. Owner. */
  final Histogram lag = new Histogram();

  final Histogram hold = new Histogram();

  /** As of the end of the last turn. Owner. */
  @SuppressWarnings("unused") // through READY
  private int ready;

  @SuppressWarnings("unused") // through WAITING
  private int waiting;

  @SuppressWarnings("unused") // through TIMERS
  private int timers;

  @SuppressWarnings("unused") // through SLICES
  private long slices;

  /** Watchdog. */
  private long stalls;

  private long takeovers;

  /** When the present window of about a second began, and how long the loop rested in it. Owner. */
  private long began;

  private long idle;

  /** Since when it rests; {@link Long#MAX_VALUE} if it does not. Owner. */
  private long resting = Long.MAX_VALUE;

  /** When it last had rested. Owner. */
  private long rested;

  /** Utilisation in the window before, in thousandths. Owner. */
  @SuppressWarnings("unused") // through RECENT
  private int recent;

  Figures(long nowNanos) {
    this.began = nowNanos;
    this.rested = nowNanos;
  }

  /** Owner, at the end of a turn. */
  void publish(int readyNow, int waitingNow, int timersNow, long slicesNow) {
    READY.setOpaque(this, readyNow);
    WAITING.setOpaque(this, waitingNow);
    TIMERS.setOpaque(this, timersNow);
    SLICES.setOpaque(this, slicesNow);
  }

  int ready() {
    return (int) READY.getOpaque(this);
  }

  /** Owner, before it sleeps. */
  void rests(long nowNanos) {
    RESTING.setOpaque(this, nowNanos);
  }

  /** Owner, whenever it has looked at the clock. */
  void looked(long nowNanos) {
    if (resting != Long.MAX_VALUE) {
      IDLE.setOpaque(this, idle + Math.max(0, nowNanos - resting));
      RESTED.setOpaque(this, nowNanos);
      RESTING.setRelease(this, Long.MAX_VALUE);
    }
    long window = nowNanos - began;
    if (window >= WINDOW_NANOS) {
      RECENT.setOpaque(this, perMille(window, idle));
      IDLE.setOpaque(this, 0L);
      BEGAN.setOpaque(this, nowNanos);
    }
  }

  /**
   * Owner: whether another loop had worked for long without a rest when this one last had rested,
   * and still does.
   */
  boolean hasRestedBeside(Figures other) {
    return (long) RESTING.getAcquire(other) == Long.MAX_VALUE
        && (long) RESTED.getOpaque(other) + LONG_NANOS < rested;
  }

  /** Watchdog. */
  void stalled() {
    STALLS.setOpaque(this, stalls + 1);
  }

  /** Watchdog. */
  void takenOver() {
    TAKEOVERS.setOpaque(this, takeovers + 1);
  }

  /** Any thread. */
  LoopFigures read(Loop loop) {
    return new LoopFigures(
        loop.name(),
        ready(),
        (int) WAITING.getOpaque(this),
        (int) TIMERS.getOpaque(this),
        (long) SLICES.getOpaque(this),
        (long) STALLS.getOpaque(this),
        (long) TAKEOVERS.getOpaque(this),
        utilisation(loop.now()) / 1000.0,
        lag.read(),
        hold.read());
  }

  /** Of the present window if that is long enough to tell, else of the one before. */
  private int utilisation(long nowNanos) {
    long window = nowNanos - (long) BEGAN.getOpaque(this);
    if (window < WINDOW_NANOS / 2) {
      return (int) RECENT.getOpaque(this);
    }
    long since = (long) RESTING.getOpaque(this);
    long rested = (long) IDLE.getOpaque(this);
    return perMille(window, since == Long.MAX_VALUE ? rested : rested + nowNanos - since);
  }

  private static int perMille(long window, long idle) {
    return (int) Math.max(0, Math.min(1000, (window - idle) * 1000.0 / window));
  }
}
