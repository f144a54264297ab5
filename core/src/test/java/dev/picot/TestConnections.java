/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicInteger;

/** A pool that keeps the rule for connections: after a failed stall they are closed, not reused. */
final class TestConnections {
  static final class Connection {
    private final AtomicInteger released = new AtomicInteger();
  }

  private final Deque<Connection> idle = new ArrayDeque<>();
  private int opened;
  private int closed;

  synchronized Connection open() {
    Connection pooled = idle.poll();
    if (pooled != null) {
      pooled.released.set(0);
      return pooled;
    }
    opened++;
    return new Connection();
  }

  <R> Task<R> using(Step<Connection, Task<R>> use, Runnable released) {
    return using(Task.call(this::open), use, released);
  }

  <R> Task<R> using(Task<Connection> acquire, Step<Connection, Task<R>> use, Runnable released) {
    return Task.using(
        acquire,
        use,
        (connection, outcome) ->
            Task.run(
                () -> {
                  release(connection, outcome);
                  released.run();
                }));
  }

  private synchronized void release(Connection connection, Outcome<?> outcome) {
    if (connection.released.incrementAndGet() != 1) {
      throw new AssertionError("released twice");
    }
    if (outcome instanceof Outcome.Completed) {
      idle.add(connection);
    } else {
      closed++;
    }
  }

  synchronized int opened() {
    return opened;
  }

  synchronized int closed() {
    return closed;
  }

  synchronized int idle() {
    return idle.size();
  }
}
