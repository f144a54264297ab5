/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** The part of a loop's turn that belongs to its I/O driver. Owner only, but for waking up. */
final class IoPhase {
  /** A system call; so a loop that is busy makes one only every so often. */
  private static final long BETWEEN_POLLS = TimeUnit.MICROSECONDS.toNanos(20);

  private final Loop loop;
  private final IoDriver driver;
  private final ReadyList ready = new ReadyList();
  private int readyCount;
  private long polled;
  private boolean began;

  /** Whether the driver can be used. Written before the loop first sleeps. */
  private boolean open;

  private boolean letGo;

  IoPhase(Loop loop, IoDriver.Factory factory) {
    this.loop = loop;
    this.driver = Objects.requireNonNull(factory.driverOf(loop), "the factory has made no driver");
  }

  IoDriver driver() {
    return driver;
  }

  /** Runs the life of an owner. */
  void own(Runnable life) {
    driver.own(life);
  }

  void add(IoTask task) {
    ready.add(task);
    readyCount++;
  }

  boolean isBusy() {
    return readyCount > 0;
  }

  /** Once, by the first owner that comes so far. */
  void open(LoopThread thread) {
    if (!began) {
      began = true;
      open = in(thread, driver::open);
    }
  }

  /** Whether it has opened; else the loop goes on as one without a driver. Any thread. */
  boolean isOpen() {
    return open;
  }

  /** What has become ready until now, and, every so often, the events that are there. */
  void run(LoopThread thread) {
    long now = loop.now();
    boolean poll = open && now - polled >= BETWEEN_POLLS;
    if (readyCount == 0 && !poll) {
      return;
    }
    thread.beginIo();
    try {
      for (int left = readyCount; left > 0; left--) {
        IoTask task = (IoTask) Objects.requireNonNull(ready.poll());
        readyCount--;
        runOne(task);
      }
      if (poll) {
        polled = now;
        driver.poll();
      }
    } finally {
      thread.endIo();
    }
  }

  private void runOne(IoTask task) {
    try {
      task.run(loop);
    } catch (LoopThread.Death e) {
      throw e;
    } catch (Throwable e) { // the next ones do not depend on it
      loop.goOnAfter(e);
    }
  }

  /** Sleeps until a post, an event or a time, and handles the events. */
  void await(LoopThread thread, long nanos) {
    thread.beginWait();
    try {
      driver.awaitEvents(nanos);
    } finally {
      thread.endIo();
    }
    polled = loop.now();
  }

  /** Gives what has become ready to a loop that takes over all else. */
  void moveTo(Loop successor) {
    for (LoopTask task = ready.poll(); task != null; task = ready.poll()) {
      successor.post(task);
    }
    readyCount = 0;
  }

  /** Any thread. */
  void wakeUp() {
    driver.wakeUp();
  }

  boolean isUnused() {
    return !open || driver.isUnused();
  }

  /** Whether it has let go of everything, and nothing is left to run for that. */
  boolean hasLetGo(LoopThread thread) {
    if (open && !letGo) {
      letGo = true;
      in(thread, driver::letGo);
      return false;
    }
    return readyCount == 0;
  }

  void close(LoopThread thread) {
    in(thread, driver::close);
  }

  /** False if it has thrown. */
  private boolean in(LoopThread thread, Runnable action) {
    thread.beginIo();
    try {
      action.run();
      return true;
    } catch (LoopThread.Death e) {
      throw e;
    } catch (Throwable e) { // an end without it is better than none
      loop.goOnAfter(e);
      return false;
    } finally {
      thread.endIo();
    }
  }
}
