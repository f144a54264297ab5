/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.engine;

import dev.picot.LoopScheduler;
import dev.picot.Task;
import dev.picot.benchmarks.Batch;
import dev.picot.benchmarks.Effort;
import dev.picot.benchmarks.ProgramRun;
import io.netty.channel.DefaultEventLoop;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * P7: one million timers that fire and are inserted again by what they fire, as the heartbeats of
 * sessions are.
 *
 * <p>Each is due every 2 to 3 seconds, at one of 1,000 milliseconds in an order that is not sorted.
 * What counts is the processor time of the whole process for each time that one fires, garbage
 * collection included, on average over two millions, after two millions that do not count. Ours is
 * a callback thread that sleeps and counts, again and again; the others' is a task that counts and
 * schedules itself.
 */
public final class HeartbeatsProgram {
  private static final int TIMERS = 1_000_000;
  private static final int TIMERS_FOR_SMOKE = 10_000;
  private static final int SPREAD_MILLIS = 1_000;
  private static final int STRIDE = 619; // prime to the spread
  private static final int TIMES = 2;

  private HeartbeatsProgram() {}

  /** Starts a timer that fires and is inserted again. */
  private interface Timers {
    void start(int millis);
  }

  /**
   * Prints the nanoseconds for each.
   *
   * @param arguments the effort and whose timers
   * @throws InterruptedException if interrupted
   */
  public static void main(String[] arguments) throws InterruptedException {
    Effort effort = Effort.valueOf(arguments[0]);
    int count = effort.size(TIMERS, TIMERS_FOR_SMOKE);
    int leastMillis = effort.size(2_000, 20);
    Batch batch = new Batch();
    Timers timers = timers(arguments[1], batch);
    batch.begin(TIMES * count);
    for (int i = 0; i < count; i++) {
      timers.start(leastMillis + (int) ((long) i * STRIDE % SPREAD_MILLIS));
    }
    batch.await();
    long before = ProcessorTime.nanos();
    batch.begin(TIMES * count);
    batch.await();
    ProgramRun.print("again", (double) (ProcessorTime.nanos() - before) / (TIMES * count));
    System.exit(0);
  }

  private static Timers timers(String who, Batch batch) {
    return switch (who) {
      case "ours" -> {
        LoopScheduler scheduler = Schedulers.oneLoop("ours");
        yield millis -> {
          var unused = scheduler.spawn(new Ours(batch, millis).again);
        };
      }
      case "netty" -> {
        DefaultEventLoop loop = new DefaultEventLoop();
        yield millis ->
            new Again(batch, task -> loop.schedule(task, millis, TimeUnit.MILLISECONDS)).insert();
      }
      case "executor" -> {
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1);
        yield millis ->
            new Again(batch, task -> executor.schedule(task, millis, TimeUnit.MILLISECONDS))
                .insert();
      }
      default -> throw new IllegalArgumentException(who);
    };
  }

  /** A callback thread that sleeps and counts for ever. */
  private static final class Ours {
    private final Task<Void> again;

    Ours(Batch batch, int millis) {
      again = Task.sleep(Duration.ofMillis(millis)).flatMap(done -> arrive(batch));
    }

    private Task<Void> arrive(Batch batch) {
      batch.arrive();
      return again;
    }
  }

  /** A task that counts and inserts itself again. */
  private record Again(Batch batch, Function<Runnable, Future<?>> timer) implements Runnable {
    void insert() {
      Future<?> unused = timer.apply(this);
    }

    @Override
    public void run() {
      batch.arrive();
      insert();
    }
  }
}
