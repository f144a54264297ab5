/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.LoopScheduler;
import dev.picot.loop.Loop;
import dev.picot.loop.LoopGroup;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Makes loop schedulers for a test and closes them after it, and waits with a deadline. */
public final class Loops implements AfterEachCallback {
  /** For whatever happens soon. */
  public static final Duration PATIENCE = Duration.ofSeconds(30);

  private final List<LoopScheduler> made = new ArrayList<>();

  /** A scheduler with two loops. */
  public LoopScheduler make(String name) {
    return make(name, builder -> builder.loops(2));
  }

  /** A scheduler, whose loops are not taken over within a test unless the options say so. */
  public LoopScheduler make(String name, UnaryOperator<LoopScheduler.Builder> options) {
    LoopScheduler scheduler =
        options.apply(LoopScheduler.builder(name).watchdog(w -> w.takeoverAfter(PATIENCE))).build();
    made.add(scheduler);
    return scheduler;
  }

  @Override
  public void afterEach(ExtensionContext context) {
    made.forEach(LoopScheduler::closeNow);
    made.forEach(LoopScheduler::close);
  }

  /** Waits for a latch. */
  public static void await(CountDownLatch latch) throws InterruptedException {
    assertThat(latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).as("latch").isTrue();
  }

  /** Waits for what nobody tells. */
  public static void await(BooleanSupplier condition) {
    long began = System.nanoTime();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - began).isLessThan(PATIENCE.toNanos());
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
  }

  /** Waits until nothing keeps them. */
  static void awaitCollected(List<? extends WeakReference<?>> past) {
    await(
        () -> {
          System.gc();
          return past.stream().allMatch(what -> what.get() == null);
        });
  }

  /** Waits until a step or task is stuck on a thread that has lost its loop. */
  public static void awaitDetached(LoopScheduler scheduler) {
    await(() -> scheduler.stats().detached() == 1);
  }

  /** Whether the calling thread is a loop of this scheduler. */
  static boolean isOn(LoopScheduler scheduler) {
    return LoopScheduler.current().filter(current -> current == scheduler).isPresent();
  }

  /** How many tasks of Reactor wait in the loops of a scheduler. */
  static long waitingTasks(LoopScheduler scheduler) {
    return LoopGroup.of(scheduler).loops().stream()
        .map(Loop::tasks)
        .flatMap(Collection::stream)
        .filter(UserTask.class::isInstance)
        .count();
  }
}
