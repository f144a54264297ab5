/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.engine;

import dev.picot.LoopScheduler;
import dev.picot.Task;
import dev.picot.benchmarks.Effort;
import dev.picot.benchmarks.ProgramRun;
import dev.picot.benchmarks.VirtualThreads;
import io.netty.channel.DefaultEventLoop;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.management.JMException;
import javax.management.ObjectName;
import kotlinx.coroutines.DelayKt;
import reactor.core.publisher.Mono;

/**
 * P1: the bytes of one unit that sleeps for an hour and then has one continuation to run, a lambda
 * that captures a number.
 *
 * <p>The bytes are those of all live objects by the histogram of their classes, before and after;
 * timers and queues are included. One million units; a tenth of that for virtual threads.
 */
public final class ParkedHeapProgram {
  private static final int UNITS = 1_000_000;
  private static final int UNITS_FOR_SMOKE = 20_000;
  private static final Duration HOUR = Duration.ofHours(1);

  /** Parks one unit. */
  private interface Parking {
    void park(int captured) throws InterruptedException;
  }

  private ParkedHeapProgram() {}

  /**
   * Prints the bytes.
   *
   * @param arguments the effort and who parks
   * @throws Exception if there is no histogram
   */
  public static void main(String[] arguments) throws Exception {
    Effort effort = Effort.valueOf(arguments[0]);
    boolean areThreads = arguments[1].equals("virtual");
    int units = effort.size(areThreads ? UNITS / 10 : UNITS, UNITS_FOR_SMOKE);
    Parking parking = parking(arguments[1]);
    parking.park(-1);
    settle();
    long before = liveBytes();

    for (int i = 0; i < units; i++) {
      parking.park(i);
    }
    settle();
    long after = liveBytes();

    ProgramRun.print("bytes", (double) (after - before) / units);
    System.exit(0);
  }

  private static Parking parking(String who) {
    switch (who) {
      case "ours" -> {
        LoopScheduler scheduler = Schedulers.oneLoop("ours");
        Task<Void> sleep = Task.sleep(HOUR);
        return captured -> {
          var unused = scheduler.spawn(sleep.map(done -> captured));
        };
      }
      case "virtual" -> {
        return captured -> {
          CountDownLatch running = new CountDownLatch(1);
          var unused =
              VirtualThreads.start(
                  () -> {
                    running.countDown();
                    LockSupport.parkNanos(HOUR.toNanos());
                    assert captured != Integer.MIN_VALUE; // captures it
                  });
          running.await();
        };
      }
      case "mono" -> {
        return captured -> {
          var unused = Mono.delay(HOUR).map(done -> captured).subscribe();
        };
      }
      case "netty" -> {
        DefaultEventLoop loop = new DefaultEventLoop();
        return captured -> {
          var unused = loop.schedule(() -> captured, HOUR.toNanos(), TimeUnit.NANOSECONDS);
        };
      }
      case "future" -> {
        return captured -> {
          var unused =
              new CompletableFuture<Void>()
                  .completeOnTimeout(null, HOUR.toNanos(), TimeUnit.NANOSECONDS)
                  .thenApply(done -> captured);
        };
      }
      case "kotlin" -> {
        var coroutines = new Coroutine(Executors.newSingleThreadExecutor());
        return captured ->
            coroutines.launch(
                (scope, caller) -> {
                  assert captured != Integer.MIN_VALUE; // captures it
                  return DelayKt.delay(HOUR.toMillis(), caller);
                });
      }
      default -> throw new IllegalArgumentException(who);
    }
  }

  /** Gives everybody the time to reach their sleep. */
  private static void settle() throws InterruptedException {
    Thread.sleep(500);
  }

  private static long liveBytes() throws JMException {
    String histogram =
        (String)
            ManagementFactory.getPlatformMBeanServer()
                .invoke(
                    new ObjectName("com.sun.management:type=DiagnosticCommand"),
                    "gcClassHistogram",
                    new Object[] {new String[0]},
                    new String[] {String[].class.getName()});
    String total = histogram.substring(histogram.lastIndexOf("Total")).trim();
    return Long.parseLong(total.substring(total.lastIndexOf(' ') + 1));
  }
}
