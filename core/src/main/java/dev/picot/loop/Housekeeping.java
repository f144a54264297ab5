/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import dev.picot.internal.FlightEvents;
import dev.picot.internal.Text;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The threads that keep house for all schedulers of the process: watchdog, aux and one standby.
 * They start with the first scheduler and end with the last.
 */
public final class Housekeeping {
  static final System.Logger LOG = System.getLogger("dev.picot");

  private static final int REPORTS_PER_SECOND = 10;
  private static final int FRAMES = 24;
  private static final long NATIVE_LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  /** How many schedulers there are, and who keeps house for them. Guarded by the class. */
  private static int schedulers;

  private static @Nullable Housekeeping present;

  private final Aux aux = new Aux();
  private final Watchdog watchdog = new Watchdog(this);

  /** Put here by its predecessor; taken by the watchdog. */
  private final AtomicReference<@Nullable LoopThread> standby = new AtomicReference<>();

  private final AtomicInteger standbys = new AtomicInteger();

  /** True once no scheduler is left. Written before the standby is taken away. */
  private volatile boolean ended;

  /** The second in which reports are counted, and how many there were. Aux only. */
  private long second;

  private int reports;

  private Housekeeping() {}

  /**
   * Begins to keep house for one more scheduler.
   *
   * @return the one of this process
   */
  public static synchronized Housekeeping begin() {
    Housekeeping it = present;
    if (it == null) {
      it = new Housekeeping();
      it.aux.start();
      it.watchdog.start();
      it.startStandby();
      present = it;
    }
    schedulers++;
    return it;
  }

  /** Ends keeping house for one scheduler. */
  public void end() {
    synchronized (Housekeeping.class) {
      if (--schedulers == 0) {
        present = null;
        ended = true;
        watchdog.end();
        aux.end();
        dismissStandby();
      }
    }
  }

  /**
   * Watches the loops of a group from now on.
   *
   * @param group the group
   */
  public void watch(LoopGroup group) {
    watchdog.watch(group);
  }

  /**
   * Stops watching.
   *
   * @param group the group
   */
  public void forget(LoopGroup group) {
    watchdog.forget(group);
  }

  /**
   * Runs an action on the aux thread. Never waits.
   *
   * @param action short, and no user code that could hang
   */
  public void execute(Runnable action) {
    aux.execute(action);
  }

  /**
   * Runs an action on the aux thread, later. Never waits.
   *
   * @param delayNanos how much later
   * @param action short, and no user code that could hang
   */
  public void schedule(long delayNanos, Runnable action) {
    aux.schedule(delayNanos, action);
  }

  /**
   * Reports what nobody else will hear of. Never waits; limited to a few reports a second.
   *
   * @param what happened
   * @param error and why
   */
  public void report(String what, Throwable error) {
    aux.execute(
        () -> {
          if (mayReport()) {
            LOG.log(System.Logger.Level.ERROR, what, error);
          }
        });
  }

  /** The standby, or null while the next one is being started. Watchdog only. */
  @Nullable LoopThread takeStandby() {
    return standby.getAndSet(null);
  }

  void putBack(LoopThread thread) {
    standby.set(thread);
    if (ended) {
      dismissStandby();
    }
  }

  private void dismissStandby() {
    LoopThread unused = standby.getAndSet(null);
    if (unused != null) {
      unused.dismiss();
    }
  }

  /**
   * Starts the next standby. The thread that was the last one does so before it carries on with its
   * loop: the aux thread may be held up by logging, or by a stack that is hard to take.
   */
  void startStandby() {
    LoopThread thread = new LoopThread("picot-standby-" + standbys.incrementAndGet());
    try {
      thread.start();
    } catch (OutOfMemoryError e) {
      aux.schedule(TimeUnit.SECONDS.toNanos(1), this::startStandby);
      report("No standby thread could be started; trying again", e);
      return;
    }
    putBack(thread);
  }

  void stallSeen(Loop loop, int number, long nanos) {
    LoopThread thread = loop.owner();
    LoopTask task = thread == null ? null : thread.task;
    if (thread != null && task != null) {
      aux.execute(
          () ->
              FlightEvents.stall(
                  loop.group().name(),
                  loop.name(),
                  thread.getName(),
                  task::describe,
                  TimeUnit.NANOSECONDS.toMillis(nanos)));
    }
    aux.execute(() -> describe("stall", number, loop, thread, nanos, "nothing yet"));
  }

  void stallEnded(Loop loop, long nanos) {
    aux.execute(
        () ->
            LOG.log(
                System.Logger.Level.WARNING,
                Text.format(
                    "picot: the stall of loop %s has ended after about %d ms",
                    loop.name(), TimeUnit.NANOSECONDS.toMillis(nanos))));
  }

  void takenOver(Stall stall) {
    aux.execute(
        () ->
            FlightEvents.takeover(
                stall.loop().group().name(),
                stall.loop().name(),
                stall.thread().getName(),
                stall.task()::describe,
                stall.millis()));
    aux.execute(
        () ->
            describe(
                "takeover",
                stall.number(),
                stall.loop(),
                stall.loopThread(),
                stall.nanos(),
                Text.format(
                    "another thread carries on with the loop; %d of at most %d detached",
                    stall.loop().group().detached(), stall.loop().group().limits().maxDetached())));
  }

  void stallReturned(Stall stall) {
    aux.execute(
        () ->
            LOG.log(
                System.Logger.Level.WARNING,
                Text.format(
                    "picot incident %d: the step has returned after about %d ms",
                    stall.number(), stall.millis())));
  }

  /**
   * Decides whether a stall has failed its task, and tells the loop. While a step computes only the
   * processor time that it gets counts, so nobody fails because the machine is starved. In native
   * code a second look tells whether it computes.
   */
  void judge(Stall stall) {
    aux.execute(() -> judge(stall, Long.MIN_VALUE));
  }

  private void judge(Stall stall, long cpuBefore) {
    Verdict verdict = Verdict.atAGlance(stall.thread(), stall.thread().getStackTrace());
    if (verdict == Verdict.RETURNED || ended) {
      return;
    }
    long cpu = stall.cpuNanos();
    long left = stall.loop().group().limits().failNanos() - cpu;
    if (verdict == Verdict.CPU && left > 0) {
      aux.schedule(Math.max(left, Watchdog.TICK_NANOS), () -> judge(stall, cpu));
    } else if (verdict == Verdict.NATIVE && left > 0 && cpu > cpuBefore + NATIVE_LOOK_NANOS / 100) {
      aux.schedule(NATIVE_LOOK_NANOS, () -> judge(stall, cpu));
    } else {
      stall.loop().post(new ControlTask("fail", loop -> stall.task().onStallFailed(loop, stall)));
    }
  }

  private boolean mayReport() {
    long now = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime());
    if (now != second) {
      if (reports > REPORTS_PER_SECOND) {
        LOG.log(
            System.Logger.Level.WARNING,
            "picot: {0} reports were dropped (limit: {1} a second)",
            reports - REPORTS_PER_SECOND,
            REPORTS_PER_SECOND);
      }
      second = now;
      reports = 0;
    }
    return ++reports <= REPORTS_PER_SECOND;
  }

  private void describe(
      String kind, int number, Loop loop, @Nullable LoopThread owner, long nanos, String effect) {
    LoopTask task = owner == null ? null : owner.task;
    if (owner == null || task == null || !mayReport()) {
      return;
    }
    Thread thread = owner.platform();
    StackTraceElement[] stack = thread.getStackTrace();
    Verdict verdict = Verdict.of(thread, stack);
    String frames =
        Arrays.stream(stack)
            .takeWhile(frame -> !frame.getClassName().equals(LoopThread.class.getName()))
            .limit(FRAMES)
            .map(frame -> "\n    at " + frame)
            .collect(Collectors.joining());
    LOG.log(
        System.Logger.Level.WARNING,
        Text.format(
            """
        picot incident %d [%s] scheduler=%s loop=%s
          %s has held the loop for %d ms and %s
          effect: %s
          do: move blocking calls to Task.blocking(...) or CallbackMono.blocking(...), and split long work into steps%s""",
            number,
            kind,
            loop.group().name(),
            loop.name(),
            task.describe(),
            TimeUnit.NANOSECONDS.toMillis(nanos),
            verdict.text(),
            effect,
            frames));
  }
}
