/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor;

import dev.picot.loop.Loop;
import dev.picot.loop.LoopTask;
import dev.picot.loop.LoopThread;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Scannable;

/** A task that somebody scheduled: alone on its loop, or in the queue of a Worker. */
class UserTask extends LoopTask implements Disposable, Scannable {
  /*
   * States
   *   WAITING   in an inbox, a ready list or the queue of its Worker   owner: that place
   *   TIMED     in a timer wheel                                       owner: the loop
   *   RUNNING   the action runs                                        owner: the thread that runs it
   *   DONE      the action has run for the last time
   *   DISPOSED  it will not run (again)
   * Transitions, all by CAS
   *   WAITING -> TIMED     arm      owner of the loop
   *   TIMED   -> WAITING   due      owner of the loop
   *   WAITING -> RUNNING   run      in a slice
   *   RUNNING -> WAITING   afterRun the thread that ran it; then it posts the task
   *   RUNNING -> DONE      afterRun the thread that ran it
   *   WAITING, TIMED, RUNNING -> DISPOSED  dispose  any thread; from TIMED it then posts the task, so
   *                                                 that the owner takes it out of the wheel
   * Invariant: whoever brings it to WAITING, or from TIMED to DISPOSED, is the only one to post it.
   */
  static final int WAITING = 0;
  static final int TIMED = 1;
  static final int RUNNING = 2;
  static final int DONE = 3;
  static final int DISPOSED = 4;

  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(UserTask.class, "state", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  final SchedulerView view;

  /** Null if it is alone. */
  final @Nullable LoopWorker worker;

  /** Null once it will not run any more. Owner: whoever owns the state. */
  private @Nullable Runnable action;

  @SuppressWarnings("unused") // through STATE
  private volatile int state = WAITING;

  UserTask(Runnable action, SchedulerView view, @Nullable LoopWorker worker) {
    this.action = action;
    this.view = view;
    this.worker = worker;
  }

  final int stateVolatile() {
    return state;
  }

  /** Unlike {@link #isDisposed}, not while it is about to be. */
  final boolean wasDisposed() {
    return state == DISPOSED;
  }

  final boolean casState(int expected, int next) {
    return STATE.compareAndSet(this, expected, next);
  }

  @Override
  protected void runSlice(LoopThread thread) {
    boolean ran = run();
    thread.exitSlice();
    if (ran) {
      afterRun();
    }
  }

  /**
   * In a slice: runs the action, unless it was disposed. What it throws goes where Reactor's does.
   */
  final boolean run() {
    if (view.isDropping()) {
      dispose();
    }
    if (!casState(WAITING, RUNNING)) {
      return false;
    }
    try {
      Objects.requireNonNull(action, "action").run();
    } catch (Throwable e) {
      UncaughtErrors.tell(e, view);
    }
    return true;
  }

  /** Once after each run, in no list. */
  void afterRun() {
    casState(RUNNING, DONE);
    ended();
  }

  /** It will not run any more and does not run now. Exactly once. */
  void ended() {
    action = null; // whoever keeps the task does not keep what the action refers to
    view.taskEnded();
  }

  @Override
  public final void dispose() {
    for (int before = state; before < DONE; before = state) {
      if (casState(before, DISPOSED)) {
        disposedIn(before);
        return;
      }
    }
  }

  private void disposedIn(int before) {
    if (before == TIMED) {
      Loop home = loop;
      if (home != null) {
        home.post(this);
      }
    }
    if (before != RUNNING) {
      ended();
    }
  }

  @Override
  public final boolean isDisposed() {
    return state >= DONE || isDropped();
  }

  /** Whether it belongs to what was disposed, though perhaps nobody has told it yet. */
  private boolean isDropped() {
    return view.isDropping() || (worker != null && worker.isDropping());
  }

  @Override
  protected void onClosed() {
    if (casState(TIMED, DISPOSED) || casState(WAITING, DISPOSED)) {
      ended();
    }
  }

  @Override
  protected boolean isWork() {
    return !isDisposed();
  }

  @Override
  protected String describe() {
    return "a task of Reactor scheduler '" + view.schedulerName() + "'";
  }

  @Override
  @SuppressWarnings("rawtypes") // as Reactor declares it
  public @Nullable Object scanUnsafe(Attr key) {
    if (key == Attr.TERMINATED) {
      return state == DONE;
    }
    if (key == Attr.CANCELLED) {
      return state == DISPOSED || (state != DONE && isDropped());
    }
    if (key == Attr.PARENT) {
      return worker == null ? view : worker;
    }
    return key == Attr.NAME ? describe() : null;
  }
}
