/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.loop.Loop;
import dev.picot.loop.LoopThread;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Makes schedulers for a test, closes them after it, and then checks what must always hold: nothing
 * is live or detached, no thread is left, and nothing was reported that the test did not ask for.
 */
final class Schedulers implements BeforeEachCallback, AfterEachCallback {
  /** So long a test may be held up between a failure and the question for it. */
  private static final Duration LONGER_THAN_A_PAUSE = Duration.ofSeconds(2);

  private final LogCapture log = new LogCapture();
  private final List<LoopScheduler> made = new ArrayList<>();
  private final List<ManualLoops> manual = new ArrayList<>();
  private final List<Gate> gates = new ArrayList<>();

  /** With one loop, so that what is spawned runs in order. */
  LoopScheduler one() {
    return build("checkout", builder -> builder.loops(1));
  }

  /** With one loop and virtual time. */
  LoopScheduler one(VirtualTicker ticker) {
    return build("checkout", builder -> builder.loops(1).ticker(ticker));
  }

  /** One whose loops are not taken over within a test, unless the options say so. */
  LoopScheduler build(String name, UnaryOperator<LoopScheduler.Builder> options) {
    LoopScheduler.Builder builder =
        LoopScheduler.builder(name)
            .unobserved(LONGER_THAN_A_PAUSE)
            .watchdog(w -> w.warnAfter(Deadline.LIMIT).takeoverAfter(Deadline.LIMIT));
    LoopScheduler scheduler = options.apply(builder).build();
    made.add(scheduler);
    return scheduler;
  }

  /** One loop, driven by the test, by the system's clock. */
  ManualLoops manual() {
    return closedAfterwards(
        LoopScheduler.builder("manual").unobserved(LONGER_THAN_A_PAUSE).manual());
  }

  /** Loops that are driven by the test in virtual time. */
  ManualLoops manualInVirtualTime(int loops) {
    return inVirtualTime(builder -> builder.loops(loops));
  }

  ManualLoops inVirtualTime(UnaryOperator<LoopScheduler.Builder> options) {
    return closedAfterwards(
        options
            .apply(LoopScheduler.builder("manual").unobserved(LONGER_THAN_A_PAUSE))
            .manualInVirtualTime());
  }

  private ManualLoops closedAfterwards(ManualLoops loops) {
    manual.add(loops);
    made.add(loops.scheduler());
    return loops;
  }

  /**
   * Keeps the aux thread alive until the end of the test. Without it, the last scheduler to close
   * brings forward the report of failures that nobody has asked for yet.
   */
  void keepHouse() {
    build("keeps-house", builder -> builder.loops(1));
  }

  /** A gate that is opened after the test at the latest. */
  Gate gate() {
    var gate = new Gate();
    gates.add(gate);
    return gate;
  }

  LogCapture log() {
    return log;
  }

  /**
   * Waits until nothing is ready: everything waits or has ended. One slice each is not enough for
   * that, since a slice also ends when its budget is spent, on a slow machine after a few steps.
   */
  static void settle(LoopScheduler scheduler) {
    long begin = System.nanoTime();
    passTurn(scheduler);
    while (passTurn(scheduler) > 0) {
      if (System.nanoTime() - begin > Deadline.LIMIT.toNanos()) {
        throw new AssertionError(scheduler + " is always busy");
      }
    }
  }

  /**
   * Waits until everything that was ready has run a slice.
   *
   * @return how much was ready before the turn in which that was
   */
  static int passTurn(LoopScheduler scheduler) {
    List<Loop> loops = scheduler.group().loops();
    var passed = new CountDownLatch(loops.size());
    var ready = new AtomicInteger();
    for (Loop loop : loops) {
      Action look =
          () -> {
            ready.addAndGet(loop.load());
            passed.countDown();
          };
      assertThat(loop.post(new ActionTask(look, scheduler, "settle"))).isTrue();
    }
    Deadline.await(passed);
    return ready.get();
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    log.begin();
  }

  @Override
  public void afterEach(ExtensionContext context) {
    try {
      gates.forEach(Gate::open);
      made.forEach(LoopScheduler::closeNow);
      manual.forEach(ManualLoops::close);
      made.forEach(Schedulers::awaitClosed);
      awaitHouseEmpty();
      for (LoopScheduler scheduler : made) {
        assertThat(scheduler.stats().live()).as("live in %s", scheduler).isZero();
        assertThat(scheduler.stats().detached()).as("detached in %s", scheduler).isZero();
        assertThat(scheduler.stats().elastic().active()).as("calls in %s", scheduler).isZero();
      }
      assertThat(log.errors()).as("errors in the log").isEmpty();
    } finally {
      log.end();
    }
  }

  private static void awaitClosed(LoopScheduler scheduler) {
    try {
      Deadline.await(scheduler.onClosed());
    } catch (AssertionError e) {
      throw new AssertionError(scheduler + " is not closed\n" + scheduler.inspect().dump(), e);
    }
  }

  /** Once all schedulers are closed: what has still to be logged has been. */
  static void awaitHouseEmpty() {
    List<Thread> living;
    do { // what ends may have started one to log its last line
      living = Thread.getAllStackTraces().keySet().stream().filter(Schedulers::isOurs).toList();
      living.forEach(Deadline::join);
    } while (!living.isEmpty());
  }

  private static boolean isOurs(Thread thread) {
    return thread instanceof LoopThread
        || thread.getName().startsWith("picot-")
        || thread.getName().contains("-elastic-");
  }
}
