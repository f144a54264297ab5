/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.engine;

import dev.picot.CallbackThread;
import dev.picot.LoopScheduler;
import dev.picot.Task;
import dev.picot.benchmarks.Batch;
import dev.picot.benchmarks.Effort;
import dev.picot.benchmarks.ProgramRun;
import io.netty.channel.DefaultEventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * P7: one million timers at a time, inserted and fired, and inserted and cancelled.
 *
 * <p>A timer waits most of the time, so what counts is the processor time of the whole process for
 * each, garbage collection included, on average over two millions. To fire, they are inserted by a
 * thread outside, due in 2 to 3 seconds, each at one of 1,000 milliseconds in an order that is not
 * sorted. To be cancelled, they are due in an hour. Ours is a callback thread that sleeps and then
 * counts; the others' is a task that counts, and the executor removes what is cancelled, as Netty
 * does.
 *
 * @param <H> what a timer is cancelled by
 */
public final class TimersProgram<H> {
  private static final int TIMERS = 1_000_000;
  private static final int TIMERS_FOR_SMOKE = 10_000;
  private static final int SPREAD_MILLIS = 1_000;
  private static final int STRIDE = 619; // prime to the spread

  private final Timers<H> timers;
  private final int count;
  private final int leastMillis;
  private final List<H> handles;

  /** What is compared. */
  private interface Timers<H> {
    H insert(int millis);

    void cancel(H handle);

    /** Waits until everything that was cancelled has been removed. */
    void awaitRemoved() throws Exception;
  }

  private TimersProgram(Timers<H> timers, Effort effort) {
    this.timers = timers;
    this.count = effort.size(TIMERS, TIMERS_FOR_SMOKE);
    this.leastMillis = effort.size(2_000, 20);
    this.handles = new ArrayList<>(count);
  }

  /**
   * Prints the nanoseconds for each.
   *
   * @param arguments the effort and whose timers
   * @throws Exception if interrupted
   */
  public static void main(String[] arguments) throws Exception {
    Effort effort = Effort.valueOf(arguments[0]);
    Batch batch = new Batch();
    TimersProgram<?> program = new TimersProgram<>(timers(arguments[1], batch), effort);
    int warmups = effort.warmups() / 2;
    for (int i = 0; i < warmups; i++) {
      program.fire(batch);
      program.cancel();
    }
    int times = Math.min(effort.iterations(), 2);
    double fire = 0;
    double cancel = 0;
    for (int i = 0; i < times; i++) {
      fire += program.fire(batch) / times;
      cancel += program.cancel() / times;
    }
    ProgramRun.print("fire", fire);
    ProgramRun.print("cancel", cancel);
    System.exit(0);
  }

  private double fire(Batch batch) throws InterruptedException {
    handles.clear();
    batch.begin(count);
    long before = ProcessorTime.nanos();
    for (int i = 0; i < count; i++) {
      handles.add(timers.insert(leastMillis + spread(i)));
    }
    batch.await();
    return (double) (ProcessorTime.nanos() - before) / count;
  }

  private double cancel() throws Exception {
    int hour = (int) TimeUnit.HOURS.toMillis(1);
    handles.clear();
    long before = ProcessorTime.nanos();
    for (int i = 0; i < count; i++) {
      handles.add(timers.insert(hour + spread(i)));
    }
    for (H handle : handles) {
      timers.cancel(handle);
    }
    timers.awaitRemoved();
    return (double) (ProcessorTime.nanos() - before) / count;
  }

  private static int spread(int i) {
    return (int) ((long) i * STRIDE % SPREAD_MILLIS);
  }

  private static Timers<?> timers(String who, Batch batch) {
    return switch (who) {
      case "ours" -> new Ours(batch);
      case "netty" -> new Netty(batch);
      case "executor" -> new Executor(batch);
      default -> throw new IllegalArgumentException(who);
    };
  }

  private static final class Ours implements Timers<CallbackThread<?>> {
    private final LoopScheduler scheduler = Schedulers.oneLoop("ours");
    private final Task<Void> arrive;

    Ours(Batch batch) {
      arrive = Task.run(batch::arrive);
    }

    @Override
    public CallbackThread<?> insert(int millis) {
      return scheduler.spawn(Task.sleep(Duration.ofMillis(millis)).then(arrive));
    }

    @Override
    public void cancel(CallbackThread<?> handle) {
      var unused = handle.cancel();
    }

    @Override
    public void awaitRemoved() throws InterruptedException {
      while (scheduler.stats().live() > 0) {
        Thread.sleep(1);
      }
    }
  }

  private static final class Netty implements Timers<Future<?>> {
    private final DefaultEventLoop loop = new DefaultEventLoop();
    private final Runnable arrive;

    Netty(Batch batch) {
      arrive = batch::arrive;
    }

    @Override
    public Future<?> insert(int millis) {
      return loop.schedule(arrive, millis, TimeUnit.MILLISECONDS);
    }

    @Override
    public void cancel(Future<?> handle) {
      var unused = handle.cancel(false);
    }

    @Override
    public void awaitRemoved() throws InterruptedException {
      loop.submit(() -> {}).sync();
    }
  }

  private static final class Executor implements Timers<Future<?>> {
    private final ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1);
    private final Runnable arrive;

    Executor(Batch batch) {
      arrive = batch::arrive;
      executor.setRemoveOnCancelPolicy(true);
    }

    @Override
    public Future<?> insert(int millis) {
      return executor.schedule(arrive, millis, TimeUnit.MILLISECONDS);
    }

    @Override
    public void cancel(Future<?> handle) {
      var unused = handle.cancel(false);
    }

    @Override
    public void awaitRemoved() {
      if (!executor.getQueue().isEmpty()) {
        throw new IllegalStateException(executor.getQueue().size() + " timers are left");
      }
    }
  }
}
