/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The account of one stall: a slice that did not end, from its first report or its takeover until
 * its step returns.
 */
public final class Stall {
  /** Where the search for a native call that blocks stands. */
  enum NativeLook {
    NONE,
    ASKED,
    /** It uses no processor time in native code: it waits. */
    BLOCKED
  }

  private static final Object NOTHING = new Object();

  private final Loop loop;
  private final LoopTask task;
  private final LoopThread thread;
  private final int number;

  /** The processor time of the thread when its slice was first seen; negative if not known. */
  private final long cpuAtBegin;

  /** Whose lock it waits for, if that is stuck itself. Written by the watchdog before its CAS. */
  private volatile @Nullable Stall root;

  /** The number of the slice. Written by the watchdog before the thread knows of the stall. */
  private long slice;

  /** True once the step has returned to the detached thread. */
  private volatile boolean returned;

  /** True once the task was failed. Written by the loop. */
  private volatile boolean failed;

  /** How long the slice has been running, in counted time. Written by the watchdog. */
  private volatile long nanos;

  /** How much of {@link #nanos} it was seen waiting. Written by the watchdog. */
  private volatile long waitedNanos;

  /** By the watchdog NONE to ASKED, by the aux thread the rest. */
  volatile NativeLook nativeLook = NativeLook.NONE;

  /** What the slice was to go on with. Written before its task is failed. */
  private @Nullable Object leftOver;

  /** The action that {@link #handedOver} does; NOTHING once it was called. */
  private final AtomicReference<@Nullable Object> afterwards = new AtomicReference<>();

  /** Whether the loop was told to fail the task. Watchdog only. */
  boolean judged;

  /** Of what it is, as first reported. Aux only. */
  Report.@Nullable Subject subject;

  /** Whether listeners were told of it, so that they are to be told of its end. Aux only. */
  boolean announced;

  /** Whether a line in the log tells of it, so that one is to tell of its end. Aux only. */
  boolean logged;

  /** What held it up when it was last looked at. Aux only. */
  Verdict verdict = Verdict.UNKNOWN;

  Stall(Loop loop, LoopTask task, LoopThread thread, int number, long cpuAtBegin) {
    this.loop = loop;
    this.task = task;
    this.thread = thread;
    this.number = number;
    this.cpuAtBegin = cpuAtBegin;
  }

  /** {@return the number of the incident, in this process} */
  public int number() {
    return number;
  }

  /** {@return the loop that is held or was taken over} */
  public Loop loop() {
    return loop;
  }

  /** {@return the task whose slice did not end} */
  public LoopTask task() {
    return task;
  }

  /** {@return what the task is, in words} */
  public String what() {
    return task.describe();
  }

  /** {@return the thread on which the step is still running} */
  public Thread thread() {
    return thread.platform();
  }

  LoopThread loopThread() {
    return thread;
  }

  /**
   * Keeps what the slice was to go on with, for one that is stuck before its first step. In phase
   * OWNER, before the state of the task tells the slice that it was failed.
   *
   * @param slot what
   */
  public void keep(@Nullable Object slot) {
    leftOver = slot;
  }

  /**
   * {@return for how long the slice has been running, in milliseconds; pauses of the whole process
   * do not count}
   */
  public long millis() {
    return TimeUnit.NANOSECONDS.toMillis(nanos);
  }

  /** {@return whether the thread has died in the step, so that it will never return} */
  public boolean isDead() {
    return thread().getState() == Thread.State.TERMINATED && !returned;
  }

  /** The loop, in phase OWNER: the task was failed because of this stall. */
  public void taskFailed() {
    failed = true;
    loop.group().housekeeping().stallFailed(this);
  }

  boolean hasFailed() {
    return failed;
  }

  @Nullable Stall root() {
    return root;
  }

  /** Watchdog only, before its CAS: the loop is to be taken over from this slice. */
  void isOf(long number) {
    slice = number;
  }

  long slice() {
    return slice;
  }

  /** Watchdog only: it waits for a lock that another detached thread holds. */
  void follow(Stall first) {
    root = first;
  }

  long nanos() {
    return nanos;
  }

  /** How long it could have run. */
  long runnableNanos() {
    return nanos - waitedNanos;
  }

  /** How much processor time the slice has used; without limit if this is not known. */
  long cpuNanos() {
    long now = Verdict.cpuNanos(thread());
    return now < 0 || cpuAtBegin < 0 ? Long.MAX_VALUE : now - cpuAtBegin;
  }

  /**
   * How much of its time the step is to be blamed for: while it waits all of it, while it could run
   * the processor time that it was given. Watchdog only.
   */
  long blamedNanos() {
    return waitedNanos + Math.min(cpuNanos(), runnableNanos());
  }

  /** Watchdog only. */
  void is(long total, long waited) {
    nanos = total;
    waitedNanos = waited;
  }

  @Nullable Object leftOver() {
    return leftOver;
  }

  /** Watchdog only. */
  void grow(long counted) {
    is(nanos + counted, Verdict.isWaiting(thread()) ? waitedNanos + counted : waitedNanos);
  }

  boolean hasReturned() {
    return returned;
  }

  /**
   * Does something once the detached thread has handed over what its step leaves behind; at once if
   * it has done so already. To be called once at most.
   *
   * @param action short, and no user code
   */
  public void whenHandedOver(Runnable action) {
    if (!afterwards.compareAndSet(null, action)) {
      action.run();
    }
  }

  /** The detached thread: its slice has ended, with whatever follows from that. */
  void handedOver() {
    if (afterwards.getAndSet(NOTHING) instanceof Runnable action) {
      action.run();
    }
  }

  /** The detached thread: the step has returned. Or the new owner, if that thread has died. */
  void stepReturned() {
    loop.group().detachedReturned(root != null);
    returned = true;
    loop.group().forgetStall(this);
  }
}
