/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.CallbackThread;
import dev.picot.LoopScheduler;
import dev.picot.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The regions of docs/guides/run-processes.md. */
@Timeout(120)
class RunProcessesTest {
  private static final Duration DEADLINE = Duration.ofSeconds(60);
  private static final int CHILDREN = 1_000;
  private static final int AT_ONCE = 20;

  // region recipe
  private static Task<Integer> exitStatus(ProcessBuilder command) {
    return Task.using(
        Task.blocking(command::start), // starting a process blocks
        process -> Task.await(process.onExit()).map(Process::exitValue),
        (process, outcome) -> Task.run(process::destroy)); // if nobody waits any more
  }

  // end region

  private static ProcessBuilder exitingWith(int status) {
    return new ProcessBuilder(
        isWindows()
            ? List.of("cmd", "/c", "exit " + status)
            : List.of("sh", "-c", "exit " + status));
  }

  private static ProcessBuilder longRunning() {
    return new ProcessBuilder(
        isWindows() ? List.of("ping", "-n", "600", "127.0.0.1") : List.of("sleep", "600"));
  }

  private static boolean isWindows() {
    return System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("windows");
  }

  /** Runs the children from one number up to another, one after the other. */
  private static Task<List<Integer>> statuses(int from, int to, List<Integer> reported) {
    return from == to
        ? Task.value(reported)
        : exitStatus(exitingWith(from % 100))
            .doOnSuccess(reported::add)
            .flatMap(status -> statuses(from + 1, to, reported));
  }

  @Test
  void aThousandChildrenReportTheirExitStatuses_andBlockNobody() throws Exception {
    var ticks = new AtomicLong();
    LoopScheduler.Builder builder =
        LoopScheduler.builder("jobs")
            .loops(1)
            .watchdog(w -> w.takeoverAfter(Duration.ofSeconds(10))); // no pause is as long
    try (LoopScheduler jobs = builder.build()) {
      CallbackThread<?> other = jobs.spawn(ticking(ticks));
      int each = CHILDREN / AT_ONCE;
      List<CallbackThread<List<Integer>>> running = new ArrayList<>();
      for (int i = 0; i < AT_ONCE; i++) {
        running.add(jobs.spawn(statuses(i * each, (i + 1) * each, new ArrayList<>())));
      }

      List<Integer> reported = new ArrayList<>();
      for (CallbackThread<List<Integer>> thread : running) {
        reported.addAll(thread.block(DEADLINE));
      }

      assertThat(reported).hasSize(CHILDREN);
      for (int i = 0; i < CHILDREN; i++) {
        assertThat(reported.get(i)).isEqualTo(i % 100);
      }
      assertThat(ticks.get()).as("steps of another callback thread of the loop").isPositive();
      assertThat(jobs.stats().takeovers()).isZero();
      assertThat(other.cancel()).isTrue();
    }
  }

  private static Task<Void> ticking(AtomicLong ticks) {
    return Task.sleep(Duration.ofMillis(1))
        .flatMap(
            slept -> {
              ticks.incrementAndGet();
              return ticking(ticks);
            });
  }

  @Test
  void aChildEndsWhenNobodyWaitsForIt() throws Exception {
    try (LoopScheduler jobs = LoopScheduler.builder("jobs").loops(1).build()) {
      Set<ProcessHandle> before = children();
      CallbackThread<Integer> waiting = jobs.spawn(exitStatus(longRunning()));
      while (children().equals(before)) {
        Thread.onSpinWait();
      }
      Set<ProcessHandle> started = children();
      started.removeAll(before);

      assertThat(waiting.cancel()).isTrue();

      for (ProcessHandle child : started) {
        // It may count as alive for a moment longer, until the JDK has reaped it.
        assertThat(child.onExit()).succeedsWithin(DEADLINE);
      }
    }
  }

  private static Set<ProcessHandle> children() {
    return ProcessHandle.current().children().collect(Collectors.toCollection(HashSet::new));
  }
}
