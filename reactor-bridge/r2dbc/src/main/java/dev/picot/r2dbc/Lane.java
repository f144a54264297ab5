/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import dev.picot.loop.ElasticPool;
import dev.picot.loop.ElasticPoolClosedException;
import dev.picot.loop.ElasticTask;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * The calls of one connection, in order and one at a time, on elastic threads: for a driver that
 * works on the thread that calls it.
 *
 * <p>It never refuses: its calls are part of what was admitted when the connection was acquired,
 * and there is one at a time for each connection. Once the elastic pool is closed they are made on
 * Reactor's.
 */
final class Lane {
  private final ElasticPool elastic;
  private final String name;
  private final Queue<Runnable> calls = new ConcurrentLinkedQueue<>();

  /**
   * Calls that were not made yet, and the one that is being made. 0 to 1 starts an elastic call.
   */
  private final AtomicInteger pending = new AtomicInteger();

  private final Scheduler scheduler = Schedulers.fromExecutor(this::run);

  Lane(ElasticPool elastic, String name) {
    this.elastic = elastic;
    this.name = name;
  }

  void run(Runnable call) {
    calls.add(call);
    if (pending.getAndIncrement() == 0) {
      start();
    }
  }

  /** For {@code subscribeOn}. */
  Scheduler scheduler() {
    return scheduler;
  }

  private void start() {
    try {
      elastic.submitForced(new Turn());
    } catch (ElasticPoolClosedException e) {
      startElsewhere();
    }
  }

  private void startElsewhere() {
    Schedulers.boundedElastic().schedule(this::makeAll);
  }

  private void makeAll() {
    do {
      try {
        Objects.requireNonNull(calls.poll(), "call").run();
      } catch (Throwable e) { // which no call does; the next ones are made all the same
        Thread thread = Thread.currentThread();
        thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
      }
    } while (pending.decrementAndGet() > 0);
  }

  private final class Turn extends ElasticTask {
    @Override
    protected void run() {
      makeAll();
    }

    @Override
    protected void rejected(RuntimeException reason) {
      startElsewhere();
    }

    @Override
    protected String describe() {
      return "a call of the R2DBC driver of pool '" + name + "'";
    }
  }
}
