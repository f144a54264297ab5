/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import dev.picot.junit.Incident.Detector;
import dev.picot.junit.cases.BlockingOperations;
import dev.picot.junit.cases.BlockingOperations.Operation;
import dev.picot.junit.cases.BlockingOperations.Releases;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import reactor.core.scheduler.Schedulers;

/** Blocks a thread of Reactor in every way, and prints for each who saw it and what it was. */
final class CoverageMain {
  private static final Duration STALL = Duration.ofMillis(50);

  /** Enough for whoever sees single calls. */
  private static final long BRIEF = TimeUnit.MILLISECONDS.toNanos(40);

  /** What the watchdog has not seen by then it does not see. */
  private static final long MOST = TimeUnit.SECONDS.toNanos(2);

  private CoverageMain() {}

  /** The argument tells whether to block until the watchdog has seen it. */
  public static void main(String[] arguments) throws Exception {
    boolean forTheWatchdog = Boolean.parseBoolean(arguments[0]);
    Path folder = Files.createTempDirectory("coverage");
    PrintStream out = System.out;
    for (Operation operation : BlockingOperations.all()) {
      ObservedTest test = observed(operation, forTheWatchdog, folder);
      Set<Detector> detectors = EnumSet.noneOf(Detector.class);
      Set<String> kinds = new TreeSet<>();
      for (Finding finding : test.findings()) {
        detectors.addAll(finding.incident().detectors());
        kinds.add(finding.incident().kind().name());
      }
      out.println(
          operation.name()
              + "\t"
              + detectors.stream().map(Detector::name).collect(Collectors.joining(","))
              + "\t"
              + String.join(",", kinds));
    }
    System.exit(0); // pipes and sockets may still be open
  }

  private static ObservedTest observed(Operation operation, boolean forTheWatchdog, Path folder)
      throws Exception {
    CountDownLatch released = new CountDownLatch(1);
    Callable<?> block =
        operation.preparation().prepare(new OnItsThread(forTheWatchdog, released), folder);
    CountDownLatch done = new CountDownLatch(1);
    ObservedTest test =
        ObservedTest.begin(new TestRun(operation.name()), new Rules(STALL, List.of()));
    Detectors.watchdog().begin();
    Schedulers.single()
        .schedule(
            () -> {
              released.countDown();
              try {
                block.call();
              } catch (Exception e) {
                throw new IllegalStateException(operation.name(), e);
              } finally {
                done.countDown();
              }
            });
    if (!done.await(30, TimeUnit.SECONDS)) {
      throw new IllegalStateException(operation.name() + " never returns");
    }
    Detectors.watchdog().end(test);
    test.end();
    return test;
  }

  /** Takes what is to be held before the operation begins, and lets it go when it was seen. */
  private record OnItsThread(boolean forTheWatchdog, CountDownLatch begins) implements Releases {
    @Override
    public void hold(Callable<?> acquire, Callable<?> release) throws InterruptedException {
      CountDownLatch held = new CountDownLatch(1);
      Thread thread =
          new Thread(
              () -> {
                try {
                  acquire.call();
                  held.countDown();
                  begins.await();
                  awaitSighting();
                  release.call();
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              },
              "releases-0");
      thread.setDaemon(true);
      thread.start();
      held.await();
    }

    private void awaitSighting() {
      long began = System.nanoTime();
      long most = forTheWatchdog ? MOST : BRIEF;
      while (System.nanoTime() - began < most && !(forTheWatchdog && wasSeenByTheWatchdog())) {
        LockSupport.parkNanos(BRIEF / 10);
      }
    }

    private static boolean wasSeenByTheWatchdog() {
      return ObservedTest.running().stream()
          .flatMap(test -> test.findings().stream())
          .anyMatch(finding -> finding.incident().detectors().contains(Detector.WATCHDOG));
    }
  }
}
