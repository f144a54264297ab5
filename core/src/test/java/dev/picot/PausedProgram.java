/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * A process that is paused or starved while its loops run steps that take far less than {@code
 * failAfter}. Prints how many callback threads were failed all the same.
 */
final class PausedProgram {
  private static final Duration AS_EARLY_AS_MAY_BE = Duration.ofMillis(100);
  private static final int CALLBACK_THREADS = 40;
  private static final int CPUS = Runtime.getRuntime().availableProcessors();

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final LongAdder STEPS = new LongAdder();
  private static volatile boolean ended;

  private PausedProgram() {}

  public static void main(String[] args) throws Exception {
    boolean waits = args[0].equals("stop");
    Duration failAfter = waits ? Duration.ofSeconds(1) : AS_EARLY_AS_MAY_BE;
    LoopScheduler scheduler =
        LoopScheduler.builder("paused")
            .loops(4)
            .watchdog(
                w ->
                    w.takeoverAfter(AS_EARLY_AS_MAY_BE)
                        .failAfter(failAfter)
                        .maxDetached(100)
                        .quiet(Duration.ofDays(1)))
            .build();
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (int i = 0; i < CALLBACK_THREADS; i++) {
      int millis = i % 4 == 0 ? 30 : 1;
      Runnable step = waits && i % 2 == 0 ? PausedProgram::waitInSmallPortions : () -> work(millis);
      all.add(scheduler.spawn(repeating(step)).toFuture());
    }
    Object kept =
        switch (args[0]) {
          case "stop" -> awaitEndOfInput();
          case "collect" -> collect(scheduler, all);
          case "starve" -> starve(Integer.parseInt(args[1]));
          default -> throw new IllegalArgumentException(args[0]);
        };
    ended = true;
    int failed = 0;
    for (CompletableFuture<Void> one : all) {
      try {
        one.join();
      } catch (CompletionException e) {
        failed++;
        e.getCause().printStackTrace();
      }
    }
    System.out.printf(
        "failed %d of %d; %d steps, %d takeovers (%s)%n",
        failed, all.size(), STEPS.sum(), scheduler.stats().takeovers(), kept);
    scheduler.close();
  }

  private static Task<Void> repeating(Runnable step) {
    return Task.run(step::run)
        .then(Task.run(STEPS::increment))
        .then(Task.sleep(Duration.ofMillis(1)))
        .flatMap(slept -> ended ? Task.done() : repeating(step));
  }

  /** 300 ms; what is left of it after a pause is still waited for. */
  private static void waitInSmallPortions() {
    for (int i = 0; i < 30; i++) {
      Takeovers.rest(TimeUnit.MILLISECONDS.toNanos(10));
    }
  }

  private static void work(int millis) {
    long until = THREADS.getCurrentThreadCpuTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    while (THREADS.getCurrentThreadCpuTime() < until) {
      Thread.onSpinWait();
    }
  }

  private static String awaitEndOfInput() throws Exception {
    System.out.println("running");
    while (System.in.read() >= 0) {}
    return "stopped from outside";
  }

  /** Full collections of a big live heap, called from outside and from within a step. */
  private static String collect(LoopScheduler scheduler, List<CompletableFuture<Void>> all) {
    List<Object[]> live = new ArrayList<>();
    for (int i = 0; i < 2_000_000; i++) {
      live.add(new Object[] {new int[8], new int[8]});
    }
    long longest = 0;
    for (int i = 0; i < 4; i++) {
      long began = System.nanoTime();
      System.gc();
      longest = Math.max(longest, System.nanoTime() - began);
    }
    for (int i = 0; i < 2; i++) {
      CompletableFuture<Void> inStep = scheduler.spawn(Task.run(System::gc)).toFuture();
      all.add(inStep);
      inStep.handle((done, error) -> null).join();
    }
    return "longest collection "
        + TimeUnit.NANOSECONDS.toMillis(longest)
        + " ms, "
        + live.size()
        + " live objects";
  }

  private static String starve(int spinnersPerProcessor) {
    List<Thread> spinners = new ArrayList<>();
    for (int i = 0; i < spinnersPerProcessor * CPUS; i++) {
      Thread spinner =
          new Thread(
              () -> {
                while (!ended) {
                  Thread.onSpinWait();
                }
              });
      spinner.setDaemon(true);
      spinner.start();
      spinners.add(spinner);
    }
    Takeovers.rest(TimeUnit.SECONDS.toNanos(3));
    return spinners.size() + " spinning threads on " + CPUS + " processors";
  }
}
