/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor;

import dev.picot.internal.Text;
import dev.picot.loop.Loop;
import dev.picot.loop.LoopGroup;
import dev.picot.loop.LoopTask;
import dev.picot.loop.LoopThread;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Scannable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** A loop scheduler as Reactor sees it. */
// A little over 250 lines: one method for each of the entry points of Scheduler.
final class SchedulerView implements Scheduler, Scannable {
  /** How a view ends; always downwards. */
  private enum State {
    /** Takes tasks. */
    OPEN,
    /** Takes none, and finishes those it has; what is periodic has ended. */
    DRAINING,
    /** Takes none and drops those it has. */
    DISPOSED
  }

  private final LoopGroup group;

  /** Those that run again and again, with or without Worker. Any thread. */
  private final Set<TimedTask> periodic = ConcurrentHashMap.newKeySet();

  /** Workers that were not disposed. */
  private final AtomicInteger workers = new AtomicInteger();

  private final AtomicInteger nextLoop = new AtomicInteger();
  private final AtomicReference<State> state = new AtomicReference<>(State.OPEN);

  private final TaskCount tasks;

  /** Between the clock of the loops and that on the wall, as of the beginning. */
  private final long wallNanos;

  SchedulerView(LoopGroup group) {
    this.group = group;
    this.tasks = new TaskCount(group);
    this.wallNanos =
        TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis()) - group.loops().get(0).now();
  }

  @Override
  public Disposable schedule(Runnable task) {
    UserTask user = new UserTask(decorate(task), this, null);
    refuseIfDisposed();
    taskBegan(user);
    if (!group.choose().post(user)) {
      user.dispose();
      throw refusal();
    }
    return user;
  }

  @Override
  public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
    return delay <= 0
        ? schedule(task)
        : startAlone(decorate(task), unit.toNanos(delay), TimedTask.ONCE);
  }

  @Override
  public Disposable schedulePeriodically(
      Runnable task, long initialDelay, long period, TimeUnit unit) {
    return startAlone(
        decorate(task), unit.toNanos(initialDelay), Math.max(0, unit.toNanos(period)));
  }

  private Disposable startAlone(Runnable action, long delayNanos, long periodNanos) {
    refuseIfDisposed();
    Loop home = group.choose();
    TimedTask task =
        new TimedTask(action, this, null, home, dueAfter(home, delayNanos), periodNanos);
    start(task, home);
    return task;
  }

  private void refuseIfDisposed() {
    if (isDisposed()) {
      throw refusal();
    }
  }

  /** Passes the loops around, so that the Workers of one operator do not share one. */
  @Override
  public Worker createWorker() {
    List<Loop> loops = group.loops();
    int turn = Math.floorMod(nextLoop.getAndIncrement(), loops.size());
    LoopWorker worker = new LoopWorker(this, loops.get(turn));
    workers.incrementAndGet();
    if (isDisposed()) {
      worker.dispose();
    }
    return worker;
  }

  /** Agrees with the timers: it is the wall clock of the beginning plus the clock of the loops. */
  @Override
  public long now(TimeUnit unit) {
    return unit.convert(wallNanos + group.loops().get(0).now(), TimeUnit.NANOSECONDS);
  }

  @Override
  public void init() {
    if (isDisposed()) {
      throw new IllegalStateException(
          Text.format(
              "Reactor scheduler '%s' was disposed and cannot be used again. Make another with CallbackSchedulers.of(...).",
              schedulerName()));
    }
  }

  @Override
  public void dispose() {
    state.set(State.DISPOSED);
    periodic.forEach(UserTask::dispose);
    freeWhatWaits();
    tasks.tellIfNoneIsLeft();
  }

  /**
   * Frees what waits for its time, rather than when that has come; until then it is dropped all the
   * same. Nobody keeps a list of these tasks: to most of them their time does come.
   */
  private void freeWhatWaits() {
    if (tasks.someAreLeft()) {
      for (Loop loop : group.all()) {
        var unused = loop.post(new SliceTask(this::freeWhatWaitsHere));
      }
    }
  }

  /** In a slice of whichever loop has it now. What is on its way there is freed when it arrives. */
  private void freeWhatWaitsHere() {
    LoopThread here = LoopThread.current();
    if (here != null) {
      for (LoopTask task : here.loop().tasks()) {
        if (task instanceof TimedTask timed && timed.view == this) {
          timed.dispose();
        }
      }
    }
  }

  @Override
  public Mono<Void> disposeGracefully() {
    return Mono.defer(
        () -> {
          if (state.compareAndSet(State.OPEN, State.DRAINING)) {
            periodic.forEach(UserTask::dispose);
          }
          tasks.tellIfNoneIsLeft();
          return tasks.whenNoneIsLeft();
        });
  }

  @Override
  public boolean isDisposed() {
    return refusesTasks() || group.isClosing();
  }

  @Override
  @SuppressWarnings("rawtypes") // as Reactor declares it
  public @Nullable Object scanUnsafe(Attr key) {
    if (key == Attr.TERMINATED || key == Attr.CANCELLED) {
      return isDisposed();
    }
    if (key == Attr.CAPACITY) {
      return group.loops().size();
    }
    if (key == Attr.BUFFERED) {
      return workers.get();
    }
    return key == Attr.NAME ? toString() : null;
  }

  /** Its loops. */
  @Override
  public Stream<? extends Scannable> inners() {
    return group.loops().stream().map(LoopView::new);
  }

  @Override
  public String toString() {
    return "callback(\"" + schedulerName() + "\")";
  }

  // For its Workers and tasks

  String schedulerName() {
    return group.name();
  }

  /** What the user's hooks make of the user's task; once for each task. */
  Runnable decorate(Runnable task) {
    return Schedulers.onSchedule(Objects.requireNonNull(task, "task"));
  }

  boolean refusesTasks() {
    return state.get() != State.OPEN || group.isRetiring();
  }

  /** Whether what waits is dropped; loops that retire end only when nothing waits. */
  boolean isDropping() {
    return state.get() == State.DISPOSED || group.isRetiring();
  }

  RejectedExecutionException refusal() {
    return new RejectedExecutionException(
        Text.format(
            "Reactor scheduler '%s' refused a task: %s. Schedule before that, or handle RejectedExecutionException.",
            schedulerName(),
            group.isClosing()
                ? "its loop scheduler is closed or being closed"
                : "it or the Worker was disposed"));
  }

  long dueAfter(Loop home, long delayNanos) {
    return plus(home.now(), Math.max(0, delayNanos));
  }

  /** Saturating. */
  static long plus(long instant, long nanos) {
    long sum = instant + nanos;
    return sum < instant ? Long.MAX_VALUE : sum;
  }

  /** Counts a task that is about to be handed over. */
  void taskBegan(UserTask task) {
    tasks.oneBegan();
    if (refusesTasks()) { // looked at after counting, as disposal counts after setting it
      task.dispose();
      throw refusal();
    }
  }

  void start(TimedTask task, Loop home) {
    if (task.isPeriodic()) {
      periodic.add(task);
      if (task.wasDisposed()) { // looked at after adding, as disposal removes after setting it
        periodic.remove(task);
      }
    }
    taskBegan(task);
    if (!home.post(task)) {
      task.dispose();
      throw refusal();
    }
  }

  void forget(TimedTask task) {
    if (task.isPeriodic()) {
      periodic.remove(task);
    }
  }

  void taskEnded() {
    tasks.oneEnded();
    if (refusesTasks()) {
      tasks.tellIfNoneIsLeft();
    }
  }

  void workerEnded() {
    workers.decrementAndGet();
  }

  /** A handler of uncaught errors has thrown this. */
  void handlerFailed(Throwable error) {
    group
        .housekeeping()
        .report(
            Text.format(
                "Reactor scheduler '%s': the handler of uncaught errors failed", schedulerName()),
            error);
  }
}
