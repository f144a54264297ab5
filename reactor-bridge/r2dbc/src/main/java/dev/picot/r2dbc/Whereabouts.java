/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import dev.picot.internal.Text;
import java.util.HashSet;
import java.util.Set;

/**
 * Looks where the first connections have landed, and warns once if the driver serves all of them
 * with one thread: then the other cores have nothing to read.
 */
final class Whereabouts {
  private final Setup setup;
  private final int enough;

  /** The threads that have given the first connections. Guarded by this object. */
  private final Set<String> threads = new HashSet<>();

  private int seen;

  Whereabouts(Setup setup) {
    this.setup = setup;
    this.enough = Math.min(4, setup.options().maxSize());
  }

  /** On the thread on which the driver has given the connection. */
  synchronized void landed(Pool pool, int pools) {
    if (setup.placement() == Placement.OFFLOADED || seen == enough) {
      return;
    }
    threads.add(Thread.currentThread().getName());
    seen++;
    if (seen == enough && seen > 1 && threads.size() == 1 && (pools > 1 || cores() > 1)) {
      setup.log(
          System.Logger.Level.WARNING,
          Text.format(
              "Pool '%s': the first %d connections are all served by thread '%s'. Give the driver LoopResources with more event loops; for one pool per loop, those of picot-reactor-netty.",
              pool.name(), seen, threads.iterator().next()),
          null);
    }
  }

  private static int cores() {
    return Runtime.getRuntime().availableProcessors();
  }
}
