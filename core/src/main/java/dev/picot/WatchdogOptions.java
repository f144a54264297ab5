/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.internal.Check;
import dev.picot.internal.Nanos;
import dev.picot.internal.Text;
import dev.picot.loop.LoopGroup;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * When the watchdog acts on a step that does not return, within {@link
 * LoopScheduler.Builder#watchdog}. Times are counted while the process runs: its pauses age no
 * step.
 *
 * @since 0.1
 */
public final class WatchdogOptions {
  private static final int CPUS = Runtime.getRuntime().availableProcessors();
  private static final Duration SHORTEST_WARNING = Duration.ofMillis(10);
  private static final Duration SHORTEST_TAKEOVER = Duration.ofMillis(100);

  private Duration warnAfter = Duration.ofMillis(200);
  private Duration takeoverAfter = Duration.ofSeconds(1);
  private Duration failAfter = Duration.ofSeconds(30);
  private int maxDetached = Math.min(Math.max(CPUS, 2), 8);
  private Duration quiet = Duration.ofSeconds(10);
  private boolean interrupt;

  /** Null if only the log tells. */
  private @Nullable Consumer<? super Incident> listener;

  WatchdogOptions() {}

  /**
   * Sets after which time a running step is reported in the log. Default: 200 ms.
   *
   * @param time at least 10 ms
   * @return this
   */
  public WatchdogOptions warnAfter(Duration time) {
    warnAfter = Check.atLeast("watchdog.warnAfter", time, SHORTEST_WARNING);
    return this;
  }

  /**
   * Sets after which time the loop goes on with another thread, while the step goes on on its own.
   * Default: 1 second.
   *
   * @param time at least 100 ms
   * @return this
   */
  public WatchdogOptions takeoverAfter(Duration time) {
    takeoverAfter = Check.atLeast("watchdog.takeoverAfter", time, SHORTEST_TAKEOVER);
    return this;
  }

  /**
   * Sets after which time the callback thread of a step that has not returned fails with {@link
   * LoopStalledException}. Default: 30 seconds; never if a debugger is attached.
   *
   * @param time at least {@link #takeoverAfter}
   * @return this
   */
  public WatchdogOptions failAfter(Duration time) {
    failAfter = Check.atLeast("watchdog.failAfter", time, SHORTEST_TAKEOVER);
    return this;
  }

  /**
   * Limits the steps that may be stuck on detached threads at a time. At the limit no loop is taken
   * over and no callback thread is admitted until one of them returns. Default: one for each
   * processor, at least 2, at most 8.
   *
   * @param steps 1 to 1,000
   * @return this
   */
  public WatchdogOptions maxDetached(int steps) {
    maxDetached = Check.inRange("watchdog.maxDetached", steps, 1, 1_000);
    return this;
  }

  /**
   * Tells a listener of every incident of the scheduler. It is called on a thread of its own, one
   * incident after the other, and may block: up to 256 incidents wait for it, more are dropped, and
   * the log tells how many. What it throws goes to the uncaught exception handler of that thread.
   * Default: only the log tells.
   *
   * @param listener told of each incident
   * @return this
   */
  public WatchdogOptions listener(Consumer<? super Incident> listener) {
    this.listener = Objects.requireNonNull(listener, "listener");
    return this;
  }

  /**
   * Sets whether a step whose loop was taken over is interrupted once, if it sleeps, parks or waits
   * and no channel of {@code java.nio} is on its stack. Default: false, because an interrupt that
   * meets a channel after all closes it for everybody who uses it.
   *
   * @param interrupt whether to interrupt
   * @return this
   */
  public WatchdogOptions interrupt(boolean interrupt) {
    this.interrupt = interrupt;
    return this;
  }

  @Nullable Consumer<? super Incident> listener() {
    return listener;
  }

  /** For tests: warnings are held back for so long after the start. */
  WatchdogOptions quiet(Duration time) {
    quiet = time;
    return this;
  }

  LoopGroup.Limits limits() {
    if (failAfter.compareTo(takeoverAfter) < 0) {
      throw new IllegalArgumentException(
          Text.format(
              "watchdog.failAfter: %s (expected: at least watchdog.takeoverAfter, %s)",
              failAfter, takeoverAfter));
    }
    return new LoopGroup.Limits(
        Nanos.of(warnAfter),
        Nanos.of(takeoverAfter),
        isDebugged() ? Long.MAX_VALUE : Nanos.of(failAfter),
        maxDetached,
        quiet,
        interrupt);
  }

  String describe() {
    return Text.format(
        "warn after %s, take over after %s, fail after %s, at most %d detached",
        warnAfter, takeoverAfter, isDebugged() ? "never (debugger)" : failAfter, maxDetached);
  }

  private static boolean isDebugged() {
    return isDebugged(ManagementFactory.getRuntimeMXBean().getInputArguments());
  }

  /** Whether a virtual machine with such arguments lets a debugger stop its threads. */
  static boolean isDebugged(List<String> arguments) {
    return arguments.stream()
        .anyMatch(
            argument -> argument.startsWith("-agentlib:jdwp") || argument.startsWith("-Xrunjdwp"));
  }
}
