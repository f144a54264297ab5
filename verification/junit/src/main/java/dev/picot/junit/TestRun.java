/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import dev.picot.internal.Provenance;
import dev.picot.junit.internal.flight.FlightRecording;
import dev.picot.junit.internal.reactor.ReactorThreads;
import dev.picot.loop.LoopThread;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One test from its beginning to its end, and who works for it: its own thread, the tasks of
 * Reactor that were scheduled by whoever works for it, and the callback threads, executor tasks and
 * schedulers that were started by them.
 */
final class TestRun {
  private static final AtomicLong LAST = new AtomicLong();

  /** Whom a thread works for, if it does. Put and removed by the thread itself. */
  private static final Map<Thread, TestRun> WORKERS = new ConcurrentHashMap<>();

  static {
    Provenance.ask(TestRun::current);
    if (ReactorThreads.arePossible()) {
      ReactorThreads.onSchedule(TestRun::carried);
    }
  }

  private final long number = LAST.incrementAndGet();
  private final String name;

  TestRun(String name) {
    this.name = name;
  }

  /** Whom the calling thread works for; null if that is not known. */
  static @Nullable TestRun current() {
    return of(Thread.currentThread());
  }

  /** Whom a thread works for; null if that is not known. */
  static @Nullable TestRun of(Thread thread) {
    TestRun run = WORKERS.get(thread);
    return run == null && LoopThread.provenanceOf(thread) instanceof TestRun started
        ? started
        : run;
  }

  /** The same task, which will run for whom the calling thread works for. */
  static Runnable carried(Runnable task) {
    TestRun run = current();
    return run == null ? task : () -> run.perform(task);
  }

  /** Runs a task for this test. */
  private void perform(Runnable task) {
    TestRun before = enter();
    try {
      if (ObservedTest.running().isEmpty()) {
        task.run();
      } else {
        FlightRecording.record(task, this);
      }
    } finally {
      leave(before);
    }
  }

  /** The calling thread works for this test from now on; returns for whom it did before. */
  @Nullable TestRun enter() {
    return WORKERS.put(Thread.currentThread(), this);
  }

  /** It works again for whom it did before. */
  static void leave(@Nullable TestRun before) {
    if (before == null) {
      WORKERS.remove(Thread.currentThread());
    } else {
      WORKERS.put(Thread.currentThread(), before);
    }
  }

  String name() {
    return name;
  }

  /** What flight events call it: no other test of this process has it. */
  @Override
  public String toString() {
    return number + " " + name;
  }
}
