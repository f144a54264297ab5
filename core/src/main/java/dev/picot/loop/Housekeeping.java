/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import dev.picot.internal.FlightEvents;
import dev.picot.internal.Text;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The threads that keep house for all schedulers of the process: watchdog, aux, one standby, and
 * one that writes to the log. They start with the first scheduler and end with the last.
 */
// Over 250 lines with its Javadoc: one method for each thing that is handed to another thread.
public final class Housekeeping {
  /*
   * Who may be held up by what
   *   watchdog   nothing                        picot-watchdog
   *   aux        stacks that are hard to take   picot-aux
   *   log        whatever a log appender does   picot-log, see Outlet
   *   listener   whatever a listener does       one for each scheduler that has one, see Outlet
   * Watchdog and aux look after each other: who finds the other one dead starts it again.
   */
  private static final System.Logger LOG = System.getLogger("dev.picot");

  private static final int REPORTS_PER_SECOND = 10;
  private static final long NATIVE_LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
  private static final long NEXT_NATIVE_LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long LOOK_AFTER_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
  private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** How many schedulers there are, and who keeps house for them. Guarded by the class. */
  private static int schedulers;

  private static @Nullable Housekeeping present;

  /** What is to be written to the log. */
  private record Entry(
      System.Logger.Level level, Supplier<String> text, @Nullable Throwable error) {}

  private final Outlet<Entry> log =
      new Outlet<>(
          Census.Role.LOG,
          "picot-log",
          Outlet.CAPACITY,
          Housekeeping::write,
          Housekeeping::writeDropped);
  private final RateLimit limit = limitOf("reports");

  /** A limit of their own, for blocking calls come by thousands. */
  private final RateLimit callLimit = limitOf("reports of blocking calls");

  private final Aux aux =
      new Aux(
          error ->
              log(System.Logger.Level.ERROR, () -> "An action of the aux thread failed", error));
  private final Watchdog watchdog = new Watchdog(this);
  private final Reporter reporter = new Reporter(this);
  private final Consumer<Thread> starter;

  /** Put here by its predecessor; taken by the watchdog. */
  private final AtomicReference<@Nullable LoopThread> standby = new AtomicReference<>();

  private final AtomicInteger standbys = new AtomicInteger();

  /** The number of the last incident. Any thread. */
  private final AtomicInteger numbers = new AtomicInteger();

  /** True once no scheduler is left. Written before the standby is taken away. */
  private volatile boolean ended;

  /**
   * For itself and for tests.
   *
   * @param starter starts standby threads
   */
  Housekeeping(Consumer<Thread> starter) {
    this.starter = starter;
  }

  /**
   * Begins to keep house for one more scheduler.
   *
   * @return the one of this process
   */
  public static synchronized Housekeeping begin() {
    Housekeeping it = present;
    if (it == null) {
      it = new Housekeeping(Thread::start);
      it.start();
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
        stop();
      }
    }
  }

  void start() {
    try {
      aux.start();
      watchdog.start();
    } catch (Throwable e) {
      stop();
      throw e;
    }
    aux.schedule(LOOK_AFTER_NANOS, this::reviveWatchdog);
    startStandby();
  }

  void stop() {
    ended = true;
    watchdog.end();
    aux.end();
    dismissStandby();
    log.end();
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
   * Watches the elastic pool that goes with a group, until the group is forgotten.
   *
   * @param group the group
   * @param pool its pool
   * @param warnNanos calls that have been running for so long are reported
   */
  public void watch(LoopGroup group, ElasticPool pool, long warnNanos) {
    ElasticWatch watch = new ElasticWatch(group, pool, warnNanos, this);
    aux.schedule(watch.periodNanos(), () -> look(group, watch));
  }

  private void look(LoopGroup group, ElasticWatch watch) {
    if (!ended && !group.hasEnded()) {
      aux.schedule(watch.periodNanos(), () -> look(group, watch));
      watch.look();
    }
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
    if (mayLog()) {
      log(System.Logger.Level.ERROR, () -> what, error);
    }
  }

  /**
   * Reports a call that blocks a loop. Never waits; limited like other reports, but keeps none of
   * them out of the log.
   *
   * @param what happened
   * @param where with the stack of the call
   */
  public void reportCall(String what, Throwable where) {
    if (callLimit.tryPass()) {
      log(System.Logger.Level.ERROR, () -> what, where);
    }
  }

  /**
   * Writes to the log, on a thread of its own. Never waits.
   *
   * @param level of the entry
   * @param text of the entry; asked for on that thread, and only if it is written
   * @param error of the entry; may be null
   */
  public void log(System.Logger.Level level, Supplier<String> text, @Nullable Throwable error) {
    log.offer(new Entry(level, text, error));
  }

  boolean mayLog() {
    return limit.tryPass();
  }

  private static void write(Entry entry) {
    if (entry.error == null) {
      LOG.log(entry.level, entry.text);
    } else {
      LOG.log(entry.level, entry.text, entry.error);
    }
  }

  private static void writeDropped(long count) {
    LOG.log(
        System.Logger.Level.WARNING,
        () -> Text.format("picot: %d entries were dropped, the log was too slow", count));
  }

  private RateLimit limitOf(String what) {
    return new RateLimit(REPORTS_PER_SECOND, System::nanoTime, count -> suppressed(count, what));
  }

  private void suppressed(int count, String what) {
    log(
        System.Logger.Level.WARNING,
        () ->
            Text.format(
                "picot: %d %s were dropped (limit: %d a second)", count, what, REPORTS_PER_SECOND),
        null);
  }

  // Threads

  Watchdog watchdog() {
    return watchdog;
  }

  Aux aux() {
    return aux;
  }

  /** Watchdog: starts the aux thread again if it has died. */
  void reviveAux() {
    if (aux.hasEnded() && !ended) {
      aux.start();
      log(System.Logger.Level.ERROR, () -> "The aux thread had died and was started again", null);
    }
  }

  /** Aux: starts the watchdog again if it has died. */
  private void reviveWatchdog() {
    if (ended) {
      return;
    }
    aux.schedule(LOOK_AFTER_NANOS, this::reviveWatchdog);
    if (watchdog.hasEnded() && !ended) { // in this order: it is ended after the flag was set
      watchdog.start();
      log(System.Logger.Level.ERROR, () -> "The watchdog had died and was started again", null);
    }
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
   * loop: the aux thread may be held up by a stack that is hard to take. If it cannot be started,
   * the aux thread tries again.
   */
  void startStandby() {
    if (ended) {
      return;
    }
    try {
      LoopThread thread = new LoopThread("picot-standby-" + standbys.incrementAndGet());
      starter.accept(thread);
      putBack(thread);
    } catch (Throwable e) {
      aux.schedule(RETRY_NANOS, this::startStandby);
      report("No standby thread could be started; trying again", e);
    }
  }

  // Incidents: from the watchdog and the loops to the aux thread

  Reporter reporter() {
    return reporter;
  }

  List<LoopGroup> groups() {
    return watchdog.groups();
  }

  int nextNumber() {
    return numbers.incrementAndGet();
  }

  void stallSeen(Stall stall) {
    aux.execute(
        () -> {
          FlightEvents.stall(
              stall.loop().group().name(),
              stall.loop().name(),
              stall.thread().getName(),
              stall.task()::describe,
              stall.millis());
          reporter.stallSeen(stall);
        });
  }

  void takenOver(Stall stall) {
    aux.execute(
        () -> {
          FlightEvents.takeover(
              stall.loop().group().name(),
              stall.loop().name(),
              stall.thread().getName(),
              stall.task()::describe,
              stall.millis());
          reporter.takenOver(stall);
        });
  }

  void stallEnded(Stall stall) {
    aux.execute(() -> reporter.stallEnded(stall));
  }

  void stallFailed(Stall stall) {
    aux.execute(() -> reporter.stallFailed(stall));
  }

  void healthChanged(LoopGroup group, boolean unhealthy) {
    if (unhealthy) {
      group.healthNumber = nextNumber();
    }
    int number = group.healthNumber;
    aux.execute(() -> reporter.healthChanged(group, number, unhealthy));
  }

  void loopHung(Loop loop, long nanos) {
    int number = nextNumber();
    loop.watch.hungNumber = number;
    aux.execute(() -> reporter.loopHung(loop, number, nanos));
  }

  void loopMoves(Loop loop, long nanos) {
    int number = loop.watch.hungNumber;
    aux.execute(() -> reporter.loopMoves(loop, number, nanos));
  }

  void loopLost(Loop loop, @Nullable Thread dead) {
    int number = nextNumber();
    aux.execute(() -> reporter.loopLost(loop, number, dead));
  }

  /**
   * Finds out whether a step that could run waits in native code: it is there, and uses no time.
   */
  void lookForNative(Stall stall) {
    aux.execute(
        () -> {
          long cpu = stall.cpuNanos();
          aux.schedule(NATIVE_LOOK_NANOS, () -> lookForNative(stall, cpu));
        });
  }

  private void lookForNative(Stall stall, long cpuBefore) {
    boolean usedTime = stall.cpuNanos() - cpuBefore > NATIVE_LOOK_NANOS / 100;
    StackTraceElement[] stack =
        usedTime ? new StackTraceElement[0] : stall.thread().getStackTrace();
    if (stack.length > 0 && stack[0].isNativeMethod()) {
      stall.nativeLook = Stall.NativeLook.BLOCKED;
    } else {
      aux.schedule(
          NEXT_NATIVE_LOOK_NANOS,
          () -> {
            stall.nativeLook = Stall.NativeLook.NONE;
          });
    }
  }
}
