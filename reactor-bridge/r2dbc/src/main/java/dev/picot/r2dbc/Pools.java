/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import dev.picot.internal.Nanos;
import dev.picot.internal.Text;
import dev.picot.loop.Loop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** The pools of a factory: one for each loop, or one only. */
final class Pools {
  private final Setup setup;
  private final Budget budget;
  private final Whereabouts whereabouts;
  private final Runnable onResize = this::redistribute;
  private final CompletableFuture<Void> closed = new CompletableFuture<>();

  /** Those that lend. Immutable; written under this object's lock, when loops come and go. */
  private volatile List<Pool> open = List.of();

  /** Those whose loops have left. Any thread. */
  private final List<Pool> retired = new CopyOnWriteArrayList<>();

  /** Whether the factory was closed. Guarded by this object. */
  private boolean isClosed;

  Pools(Setup setup) {
    this.setup = setup;
    this.budget = new Budget(setup.options().maxSize());
    this.whereabouts = new Whereabouts(setup);
    if (setup.placement() == Placement.PER_LOOP) {
      setup.group().onResize(onResize);
      redistribute();
    } else {
      PoolOptions options = setup.options();
      Loop loop = setup.group().loops().get(0);
      open =
          List.of(
              new Pool(options.name(), setup, this, loop, options.maxSize(), options.minSize()));
    }
  }

  Budget budget() {
    return budget;
  }

  /** The pools that lend. */
  List<Pool> open() {
    return open;
  }

  /** A caller wants a connection: of the loop it is on, or of any. */
  void begin(Acquire caller) {
    Pool preferred = caller.pool;
    Pool pool = preferred == null ? choose(caller.home()) : preferred;
    caller.waitsUntil = pool.loop().now() + Nanos.of(setup.options().acquireTimeout());
    pool.acquire(caller);
  }

  /** The pool that has got a caller does not lend any more. */
  void again(Acquire caller) {
    choose(caller.home()).acquire(caller);
  }

  private Pool choose(@Nullable Loop here) {
    List<Pool> candidates = open;
    Pool least = candidates.get(0);
    if (candidates.size() > 1) {
      long pressure = Long.MAX_VALUE;
      for (Pool pool : candidates) {
        if (pool.maxSize() > 0) {
          if (pool.loop() == here) {
            return pool;
          }
          long its = pool.pressure();
          if (its < pressure) {
            least = pool;
            pressure = its;
          }
        }
      }
    }
    return least;
  }

  /** A loop for what has no home. */
  Loop anyLoop() {
    return setup.group().choose();
  }

  /** A connection was opened; called where the driver has said so. */
  void landed(Pool pool) {
    whereabouts.landed(pool, open.size());
  }

  /** One connection less is open, and somebody was refused one. */
  void poke() {
    open.forEach(Pool::poke);
  }

  /** A pool whose loop has left has no connection left. */
  void gone(Pool pool) {
    retired.remove(pool);
  }

  PoolStats stats() {
    List<PoolStats.Pool> all = new ArrayList<>();
    for (Pool pool : open) {
      all.add(pool.stats());
    }
    for (Pool pool : retired) {
      PoolStats.Pool figures = pool.stats();
      if (figures.acquired() > 0) {
        all.add(figures);
      }
    }
    return new PoolStats(all);
  }

  /** Divides the total over the loops there are. */
  private synchronized void redistribute() {
    if (isClosed) {
      return;
    }
    List<Loop> loops = setup.group().loops();
    List<Pool> next = new ArrayList<>();
    for (int i = 0; i < loops.size(); i++) {
      Loop loop = loops.get(i);
      int max = share(setup.options().maxSize(), i, loops.size());
      int min = share(setup.options().minSize(), i, loops.size());
      Pool pool = find(loop);
      if (pool == null) {
        pool = new Pool(loop.name(), setup, this, loop, max, min);
      } else {
        pool.resize(max, min);
      }
      next.add(pool);
    }
    List<Pool> leaving = open.stream().filter(pool -> !loops.contains(pool.loop())).toList();
    open = List.copyOf(next); // before they send their callers to those
    retired.addAll(leaving);
    leaving.forEach(Pool::retire);
  }

  private static int share(int total, int index, int count) {
    return total / count + (index < total % count ? 1 : 0);
  }

  private @Nullable Pool find(Loop loop) {
    for (Pool pool : open) {
      if (pool.loop() == loop) {
        return pool;
      }
    }
    return null;
  }

  /** Completes when they were closed and no connection is left. */
  CompletableFuture<Void> closed() {
    return closed;
  }

  /** Closes all of them, once. */
  void close() {
    List<Pool> all = new ArrayList<>();
    synchronized (this) {
      if (isClosed) {
        return;
      }
      isClosed = true;
      all.addAll(open);
      all.addAll(retired);
    }
    setup.group().forgetResize(onResize);
    all.forEach(Pool::close);
    var unused =
        CompletableFuture.allOf(all.stream().map(Pool::done).toArray(CompletableFuture[]::new))
            .thenRun(() -> closed.complete(null));
  }

  @Override
  public String toString() {
    return Text.format("%d pools of %s", open.size(), setup.options().name());
  }
}
