/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor;

import dev.picot.loop.Loop;
import dev.picot.loop.LoopTask;
import dev.picot.loop.LoopThread;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Scannable;
import reactor.core.scheduler.Scheduler;

/** A Reactor Worker: a queue of tasks that run one after the other on one loop. */
final class LoopWorker extends LoopTask implements Scheduler.Worker, Scannable {
  /*
   * States
   *   IDLE       nobody has to look into the queue                owner: nobody
   *   SCHEDULED  in an inbox or a ready list, or in its slice      owner: that place
   * Transitions
   *   IDLE      -> SCHEDULED  enqueue  any thread, after its offer   CAS (full)  who wins posts it
   *   SCHEDULED -> IDLE       rest     who ran the slice, after it   store (volatile), then looks into
   *                                                                  the queue once more
   * Invariant: the Worker is in at most one place, so its tasks never overlap.
   *
   * A stuck task leaves it SCHEDULED and in no list: nobody posts it, until the task returns on its
   * detached thread, which then posts the Worker to the new owner.
   */
  private static final int MOST_TASKS = 64;
  private static final long LONGEST_SLICE = TimeUnit.MILLISECONDS.toNanos(1);

  private final SchedulerView view;
  private final Loop home;

  /** Any thread offers; the running slice polls, and whoever disposes the Worker. */
  private final Queue<UserTask> queue = new ConcurrentLinkedQueue<>();

  /** What runs now, for those who scan. Written by the running slice. */
  private final AtomicReference<@Nullable UserTask> running = new AtomicReference<>();

  private final AtomicBoolean scheduled = new AtomicBoolean();

  /** Those that wait for their time or run again; null until there is one. Any thread. */
  private final AtomicReference<@Nullable Set<TimedTask>> timed = new AtomicReference<>();

  /** Only ever set. */
  private final AtomicBoolean disposed = new AtomicBoolean();

  LoopWorker(SchedulerView view, Loop home) {
    this.view = view;
    this.home = home;
  }

  @Override
  public Disposable schedule(Runnable task) {
    Runnable action = view.decorate(task);
    refuseIfDisposed();
    UserTask user = new UserTask(action, view, this);
    view.taskBegan(user);
    if (!enqueue(user)) {
      user.dispose();
      throw view.refusal();
    }
    return user;
  }

  @Override
  public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
    return delay <= 0
        ? schedule(task)
        : start(view.decorate(task), unit.toNanos(delay), TimedTask.ONCE);
  }

  @Override
  public Disposable schedulePeriodically(
      Runnable task, long initialDelay, long period, TimeUnit unit) {
    return start(
        view.decorate(task), unit.toNanos(initialDelay), Math.max(0, unit.toNanos(period)));
  }

  private Disposable start(Runnable action, long delayNanos, long periodNanos) {
    refuseIfDisposed();
    TimedTask task =
        new TimedTask(action, view, this, home, view.dueAfter(home, delayNanos), periodNanos);
    keep(task);
    view.start(task, home);
    if (disposed.get()) { // looked at after adding, as disposal empties the set after setting it
      task.dispose();
      throw view.refusal();
    }
    return task;
  }

  private void keep(TimedTask task) {
    if (timed.get() == null) {
      timed.compareAndSet(null, ConcurrentHashMap.newKeySet());
    }
    timed().add(task);
  }

  private Set<TimedTask> timed() {
    Set<TimedTask> any = timed.get();
    return any == null ? Set.of() : any;
  }

  private void refuseIfDisposed() {
    if (isDisposed()) {
      throw view.refusal();
    }
  }

  /** Any thread. False if the loop has ended; then the task will not run. */
  boolean enqueue(UserTask task) {
    queue.offer(task);
    if (disposed.get()) { // looked at after the offer, as disposal empties the queue last
      dropAll();
    }
    return !scheduled.compareAndSet(false, true) || post();
  }

  private boolean post() {
    if (home.post(this)) {
      return true;
    }
    dispose();
    return false;
  }

  @Override
  protected void runSlice(LoopThread thread) {
    runTasks(thread);
    boolean owns = thread.exitSlice();
    if (queue.isEmpty()) {
      scheduled.set(false);
      if (queue.isEmpty() || !scheduled.compareAndSet(false, true)) {
        return;
      }
    }
    if (owns) {
      thread.loop().ready(this); // not always its home: loops come and go
    } else if (!post()) {
      dropAll();
    }
  }

  private void runTasks(LoopThread thread) {
    long began = 0;
    for (int taken = 1; taken <= MOST_TASKS; taken++) {
      UserTask task = queue.poll();
      if (task == null) {
        return;
      }
      runTask(task, thread);
      if (LoopThread.current() == null) {
        return; // it got stuck, and the others are for the new owner
      }
      if (taken == 1) {
        began = System.nanoTime();
      } else if (isPowerOfTwo(taken) && System.nanoTime() - began > LONGEST_SLICE) {
        return;
      }
    }
  }

  private void runTask(UserTask task, LoopThread thread) {
    if (disposed.get()) {
      task.dispose();
      return;
    }
    running.setRelease(task);
    boolean ran = task.run();
    running.setRelease(null);
    if (ran) {
      thread.forgetInterrupt();
      task.afterRun();
    }
  }

  private static boolean isPowerOfTwo(int number) {
    return (number & (number - 1)) == 0;
  }

  private void dropAll() {
    for (UserTask task = queue.poll(); task != null; task = queue.poll()) {
      task.dispose();
    }
  }

  void forget(TimedTask task) {
    Set<TimedTask> any = timed.get();
    if (any != null) {
      any.remove(task);
    }
  }

  /** What waits is dropped; what runs is not interrupted. */
  @Override
  public void dispose() {
    if (disposed.compareAndSet(false, true)) {
      view.workerEnded();
      timed().forEach(UserTask::dispose);
      dropAll();
    }
  }

  @Override
  public boolean isDisposed() {
    return disposed.get() || view.refusesTasks();
  }

  /** Whether what waits is dropped, and what runs is the last. */
  boolean isDropping() {
    return disposed.get();
  }

  /** Its tasks that are not over. */
  private int pending() {
    int direct = 0;
    for (UserTask task : queue) {
      direct += isDirect(task);
    }
    return timed().size() + direct + isDirect(running.getAcquire());
  }

  private static int isDirect(@Nullable UserTask task) {
    return task == null || task instanceof TimedTask ? 0 : 1;
  }

  @Override
  protected boolean isWork() {
    return scheduled.get();
  }

  @Override
  protected String describe() {
    return "a Worker of Reactor scheduler '" + view.schedulerName() + "'";
  }

  @Override
  @SuppressWarnings("rawtypes") // as Reactor declares it
  public @Nullable Object scanUnsafe(Attr key) {
    if (key == Attr.TERMINATED || key == Attr.CANCELLED) {
      return isDisposed();
    }
    if (key == Attr.BUFFERED) {
      return pending();
    }
    if (key == Attr.CAPACITY) {
      return 1;
    }
    if (key == Attr.PARENT) {
      return view;
    }
    return key == Attr.NAME ? view.schedulerName() + ".worker" : null;
  }
}
