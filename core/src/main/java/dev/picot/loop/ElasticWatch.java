/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import java.util.IdentityHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Watches one elastic pool: reports calls that take long and a queue that does not move, and asks
 * for threads again after one could not be started. Aux thread only.
 */
final class ElasticWatch {
  private static final long SHORTEST_PERIOD = TimeUnit.MILLISECONDS.toNanos(10);
  private static final long LONGEST_PERIOD = TimeUnit.SECONDS.toNanos(1);

  private final LoopGroup group;
  private final ElasticPool pool;
  private final long warnNanos;
  private final Housekeeping housekeeping;

  /** Calls that were running at the last look. */
  private IdentityHashMap<ElasticTask, Watched> running = new IdentityHashMap<>();

  private long lastLook = System.nanoTime();

  /** How many calls had returned at the last look. */
  private long completed;

  /** How long calls have been queued and none has returned, in counted time. */
  private long stuckNanos;

  /** The number of the incident that tells so; 0 if there is none. */
  private int stuckNumber;

  /** A call, and how long it has been seen. */
  private static final class Watched {
    final ElasticCall call;
    long nanos;
    int number;
    boolean logged;

    Watched(ElasticCall call) {
      this.call = call;
    }
  }

  ElasticWatch(LoopGroup group, ElasticPool pool, long warnNanos, Housekeeping housekeeping) {
    this.group = group;
    this.pool = pool;
    this.warnNanos = warnNanos;
    this.housekeeping = housekeeping;
  }

  /** How long to wait between two looks. */
  long periodNanos() {
    return Math.min(Math.max(warnNanos / 8, SHORTEST_PERIOD), LONGEST_PERIOD);
  }

  /** A late look counts like a punctual one, so that pauses of the process make no call long. */
  void look() {
    long now = System.nanoTime();
    long counted = Math.min(now - lastLook, periodNanos());
    lastLook = now;
    pool.retryStarts();
    lookAtCalls(counted);
    lookAtQueue(counted);
  }

  private void lookAtCalls(long counted) {
    IdentityHashMap<ElasticTask, Watched> before = running;
    running = new IdentityHashMap<>();
    for (ElasticCall call : pool.running()) {
      Watched watched = before.remove(call.task());
      if (watched == null) {
        watched = new Watched(call);
      } else {
        watched.nanos += counted;
      }
      running.put(call.task(), watched);
      if (watched.nanos >= warnNanos && watched.number == 0 && !group.isQuiet()) {
        watched.number = housekeeping.nextNumber();
        watched.logged =
            housekeeping.reporter().longCall(group, watched.number, call, watched.nanos);
      }
    }
    before.values().stream().filter(watched -> watched.number != 0).forEach(this::returned);
  }

  private void returned(Watched watched) {
    housekeeping
        .reporter()
        .callReturned(group, watched.number, watched.call, watched.nanos, watched.logged);
  }

  private void lookAtQueue(long counted) {
    ElasticStats stats = pool.stats();
    if (stats.queued() == 0 || stats.completed() != completed) {
      completed = stats.completed();
      if (stuckNumber != 0) {
        housekeeping.reporter().poolMoves(group, stuckNumber, stuckNanos);
      }
      stuckNanos = 0;
      stuckNumber = 0;
      return;
    }
    stuckNanos += counted;
    if (stuckNanos >= warnNanos && stuckNumber == 0 && !group.isQuiet()) {
      stuckNumber = housekeeping.nextNumber();
      housekeeping.reporter().poolStuck(group, stuckNumber, stats, stuckNanos);
    }
  }
}
