/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.conformance;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;

/** The ways to schedule a task. */
enum Entry {
  DIRECT(false) {
    @Override
    Disposable schedule(Scheduler scheduler, Scheduler.Worker worker, Runnable task, long millis) {
      return scheduler.schedule(task);
    }
  },
  DELAYED(false) {
    @Override
    Disposable schedule(Scheduler scheduler, Scheduler.Worker worker, Runnable task, long millis) {
      return scheduler.schedule(task, millis, TimeUnit.MILLISECONDS);
    }
  },
  PERIODIC(false) {
    @Override
    Disposable schedule(Scheduler scheduler, Scheduler.Worker worker, Runnable task, long millis) {
      return scheduler.schedulePeriodically(task, millis, HOUR_MILLIS, TimeUnit.MILLISECONDS);
    }
  },
  WORKER(true) {
    @Override
    Disposable schedule(Scheduler scheduler, Scheduler.Worker worker, Runnable task, long millis) {
      return worker.schedule(task);
    }
  },
  WORKER_DELAYED(true) {
    @Override
    Disposable schedule(Scheduler scheduler, Scheduler.Worker worker, Runnable task, long millis) {
      return worker.schedule(task, millis, TimeUnit.MILLISECONDS);
    }
  },
  WORKER_PERIODIC(true) {
    @Override
    Disposable schedule(Scheduler scheduler, Scheduler.Worker worker, Runnable task, long millis) {
      return worker.schedulePeriodically(task, millis, HOUR_MILLIS, TimeUnit.MILLISECONDS);
    }
  };

  static final long HOUR_MILLIS = TimeUnit.HOURS.toMillis(1);

  private final boolean onWorker;

  Entry(boolean onWorker) {
    this.onWorker = onWorker;
  }

  /** Those of a Scheduler. */
  static Set<Entry> ofScheduler() {
    return EnumSet.of(DIRECT, DELAYED, PERIODIC);
  }

  /** Those of a Worker. */
  static Set<Entry> ofWorker() {
    return EnumSet.of(WORKER, WORKER_DELAYED, WORKER_PERIODIC);
  }

  /** Those that wait for a time. */
  static Set<Entry> timed() {
    return EnumSet.of(DELAYED, PERIODIC, WORKER_DELAYED, WORKER_PERIODIC);
  }

  /** What each of some answers, as {@code entry answer}. */
  static List<String> each(Set<Entry> entries, Function<Entry, ?> question) {
    List<String> answers = new ArrayList<>();
    entries.forEach(entry -> answers.add(entry + " " + question.apply(entry)));
    return answers;
  }

  /** The same answer of each. */
  static List<String> all(Set<Entry> entries, Object answer) {
    return each(entries, entry -> answer);
  }

  boolean isOnWorker() {
    return onWorker;
  }

  /** Schedules a task after a delay if it has one, and every hour if it is periodic. */
  abstract Disposable schedule(
      Scheduler scheduler, Scheduler.Worker worker, Runnable task, long millis);
}
