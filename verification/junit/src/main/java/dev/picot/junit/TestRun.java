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
import java.time.Instant;
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
  /** What a thread does until it returns: a method of a test, or a task. */
  static final class Work {
    /** Whom it is done for; null if that is not known. */
    private final @Nullable TestRun run;

    private final Instant began = Instant.now();

    private Work(@Nullable TestRun run) {
      this.run = run;
    }
  }

  private static final AtomicLong LAST = new AtomicLong();

  /** What the threads do that work for a test, or may. Put and removed by the thread itself. */
  private static final Map<Thread, Work> WORKERS = new ConcurrentHashMap<>();

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
    Work work = WORKERS.get(thread);
    if (work != null && work.run != null) {
      return work.run;
    }
    return LoopThread.provenanceOf(thread) instanceof TestRun started ? started : null;
  }

  /** Whom a thread works for, if it has not begun that later; null if that is not known. */
  static @Nullable TestRun ofSince(Thread thread, Instant time) {
    Work work = WORKERS.get(thread);
    return work != null && work.began.isAfter(time) ? null : of(thread);
  }

  /** Another object for each piece of work that a thread does; null if that is not known. */
  static @Nullable Object workOf(Thread thread) {
    long slice = LoopThread.sliceOf(thread);
    return slice == 0 ? WORKERS.get(thread) : (Object) slice;
  }

  /** The same task, which will run for whom the calling thread works for. */
  static Runnable carried(Runnable task) {
    TestRun run = current();
    return run == null && ObservedTest.running().isEmpty() ? task : () -> perform(task, run);
  }

  private static void perform(Runnable task, @Nullable TestRun run) {
    Work before = enter(run);
    try {
      if (run == null || ObservedTest.running().isEmpty()) {
        task.run();
      } else {
        FlightRecording.record(task, run);
      }
    } finally {
      leave(before);
    }
  }

  /** The calling thread works for this test from now on; returns what it did before. */
  @Nullable Work enter() {
    return enter(this);
  }

  private static @Nullable Work enter(@Nullable TestRun run) {
    Work before = WORKERS.get(Thread.currentThread());
    if (before == null || (run != null && before.run != run)) {
      WORKERS.put(Thread.currentThread(), new Work(run));
    }
    return before;
  }

  /** It does again what it did before. */
  static void leave(@Nullable Work before) {
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
