/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The account of one stall: a slice that did not end, from its takeover until its step returns. */
public final class Stall {
  private final Loop loop;
  private final LoopTask task;
  private final LoopThread thread;
  private final int number;

  /** The processor time of the thread when its slice was first seen; negative if not known. */
  private final long cpuAtBegin;

  /** True once the step has returned to the detached thread. */
  private volatile boolean returned;

  /** How long the slice has been running, in counted time. Written by the watchdog. */
  private volatile long nanos;

  /** What the slice was to go on with. Written before its task is failed. */
  private @Nullable Object leftOver;

  /** Whether the verdict was asked for. Watchdog only. */
  boolean judged;

  Stall(Loop loop, LoopTask task, LoopThread thread, int number, long nanos, long cpuAtBegin) {
    this.loop = loop;
    this.task = task;
    this.thread = thread;
    this.number = number;
    this.nanos = nanos;
    this.cpuAtBegin = cpuAtBegin;
  }

  /** {@return the number of the incident, in this process} */
  public int number() {
    return number;
  }

  /** {@return the loop that was taken over} */
  public Loop loop() {
    return loop;
  }

  /** {@return the task whose slice did not end} */
  public LoopTask task() {
    return task;
  }

  /** {@return the thread on which the step is still running} */
  public Thread thread() {
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

  LoopThread loopThread() {
    return thread;
  }

  /**
   * {@return for how long the slice has been running, in milliseconds; pauses of the whole process
   * do not count}
   */
  public long millis() {
    return TimeUnit.NANOSECONDS.toMillis(nanos);
  }

  long nanos() {
    return nanos;
  }

  /** How much processor time the slice has used; without limit if this is not known. */
  long cpuNanos() {
    long now = Verdict.cpuNanos(thread);
    return now < 0 || cpuAtBegin < 0 ? Long.MAX_VALUE : now - cpuAtBegin;
  }

  @Nullable Object leftOver() {
    return leftOver;
  }

  /** Watchdog only. */
  void grow(long counted) {
    long before = nanos; // one writer
    nanos = before + counted;
  }

  boolean hasReturned() {
    return returned;
  }

  /** The detached thread: the step has returned. */
  void stepReturned() {
    loop.group().detachedReturned();
    returned = true;
    loop.group().forgetStall(this);
  }
}
