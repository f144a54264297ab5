/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A thread of an {@link ElasticPool}: it takes call after call from the queue, rests while there is
 * none, and ends when it has rested for the keep-alive time or the pool is closed.
 */
final class ElasticThread extends Thread {
  /*
   * States
   *   ACTIVE  runs a call or will look at the queue; also before it is started  owner: the thread
   *   IDLE    rests, or is about to after one more look at the queue            owner: who wakes it
   *   WOKEN   is to look at the queue, and has not begun to                     owner: the thread
   *   ENDED   takes no call any more                                            owner: nobody
   * Transitions
   *   ACTIVE -> IDLE    rest()    the thread      exchange  before its last look at the queue
   *   IDLE -> WOKEN     wake()    any thread      CAS       one winner, who unparks it
   *   IDLE -> ACTIVE    goOn()    the thread      CAS       that last look found a call
   *   IDLE -> ENDED     expire()  the thread      CAS       rested long enough, or the pool closed
   *   WOKEN -> ACTIVE   look()    the thread      exchange  before it looks at the queue
   *   any -> ENDED      end()     the thread or   exchange  its last act, whatever was thrown; or
   *                               its starter               it could not be started
   * Invariants
   *   1. The crew's count of idle threads is never below the number of threads in IDLE: it is
   *      raised before rest(), and lowered by whoever ended the stay in IDLE.
   *   2. After each stay in IDLE that does not end the thread it looks at the queue.
   *   3. A thread parks in IDLE only, and only after it found the queue empty in IDLE.
   *   4. Whoever takes the first call after a start or a stay in IDLE sees to the calls behind it
   *      before running it.
   */

  static final int ACTIVE = 0;
  static final int IDLE = 1;
  static final int WOKEN = 2;
  static final int ENDED = 3;

  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(ElasticThread.class, "state", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final ElasticPool pool;
  private final ElasticThreads crew;

  /** Its place in the crew, which nobody else has while it lives. */
  private final int index;

  /** This thread only. */
  private final Lookout lookout =
      new Lookout(Runtime.getRuntime().availableProcessors()) {
        @Override
        boolean hasCome() {
          return state != IDLE;
        }
      };

  /** See the table above. */
  private volatile int state;

  /** When {@link #current} began. Written by this thread, before {@code current}. */
  private volatile long startedNanos;

  /** The call that is being run; null between calls. Written by this thread. */
  private volatile @Nullable ElasticTask current;

  ElasticThread(
      ElasticPool pool, ElasticThreads crew, int index, @Nullable ClassLoader contextLoader) {
    super(null, null, pool.limits().name() + "-elastic-" + (index + 1), 0, false);
    this.pool = pool;
    this.crew = crew;
    this.index = index;
    setDaemon(true);
    setContextClassLoader(contextLoader);
  }

  @Override
  public void run() {
    try {
      do {
        if (wasWoken(look())) {
          crew.awake();
        }
        ElasticTask task = pool.poll();
        if (task != null && pool.hasQueued()) {
          crew.find();
        }
        while (task != null) {
          execute(task);
          task = pool.poll();
        }
      } while (awaitWork());
    } finally {
      crew.ended(this);
    }
  }

  String poolName() {
    return pool.limits().name();
  }

  int index() {
    return index;
  }

  boolean belongsTo(ElasticPool pool) {
    return this.pool == pool;
  }

  boolean isIdle() {
    return state == IDLE;
  }

  /** {@return the call that is being run, or null} */
  @Nullable ElasticCall call(long nowNanos) {
    ElasticTask task = current;
    if (task == null) {
      return null;
    }
    long started = startedNanos;
    // Another call may have begun in between; then neither of the two was running all the time.
    return current == task ? new ElasticCall(task, this, Math.max(0, nowNanos - started)) : null;
  }

  /** {@return the previous state} The thread itself, which has raised the count of idle threads. */
  int rest() {
    return (int) STATE.getAndSet(this, IDLE);
  }

  /** {@return the previous state} If that was IDLE the caller lowers the count and unparks it. */
  int wake() {
    return (int) STATE.compareAndExchange(this, IDLE, WOKEN);
  }

  /** {@return the previous state} If that was IDLE the thread lowers the count. */
  int goOn() {
    return (int) STATE.compareAndExchange(this, IDLE, ACTIVE);
  }

  /** {@return the previous state} If that was IDLE the thread lowers the count, and ends. */
  int expire() {
    return (int) STATE.compareAndExchange(this, IDLE, ENDED);
  }

  /** {@return the previous state} If that was WOKEN the thread says so to the crew. */
  int look() {
    return (int) STATE.getAndSet(this, ACTIVE);
  }

  /** {@return the previous state} What was left undone in it is up to the caller. */
  int end() {
    return (int) STATE.getAndSet(this, ENDED);
  }

  static boolean wasIdle(int previous) {
    return previous == IDLE;
  }

  static boolean wasWoken(int previous) {
    return previous == WOKEN;
  }

  /** Also on another thread that it stands in for. */
  void execute(ElasticTask task) {
    Throwable failure = null;
    boolean run = false;
    Thread.interrupted();
    try {
      if (!task.abandoned()) {
        run = true;
        startedNanos = System.nanoTime();
        current = task;
        task.run();
      }
    } catch (Throwable e) {
      failure = e;
    }
    current = null;
    Thread.interrupted();
    pool.left(run);
    if (run) {
      try {
        task.returned();
      } catch (Throwable e) {
        if (failure != null && failure != e) {
          e.addSuppressed(failure);
        }
        failure = e;
      }
    }
    if (failure != null) {
      getUncaughtExceptionHandler().uncaughtException(this, failure);
    }
  }

  /** {@return whether to look at the queue again; if not, this thread has to end} */
  private boolean awaitWork() {
    crew.idleRaised();
    rest();
    long since = System.nanoTime();
    while (isIdle()) {
      if (pool.hasQueued()) {
        if (wasIdle(goOn())) {
          crew.idleLowered();
        }
        return true;
      }
      long left = pool.limits().keepAliveNanos() - (System.nanoTime() - since);
      if (left > 0 && !pool.isClosed()) {
        if (!lookout.await()) {
          park(left);
        }
      } else if (wasIdle(expire())) {
        crew.idleLowered();
        return false;
      }
    }
    return true;
  }

  /** The only place where an idle thread blocks. Runs no user code. */
  private void park(long nanos) {
    LockSupport.parkNanos(pool, nanos);
    // Somebody else's interrupt would make every later park return at once.
    Thread.interrupted();
  }
}
