/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** The incidents that a scheduler has told of, in their order. */
final class Incidents implements Consumer<Incident> {
  /** Guarded by this. */
  private final List<Incident> told = new ArrayList<>();

  @Override
  public synchronized void accept(Incident incident) {
    told.add(incident);
    notifyAll();
  }

  synchronized List<Incident> all() {
    return List.copyOf(told);
  }

  Incident await(Incident.Event event) {
    return await(event.name(), incident -> incident.event() == event);
  }

  synchronized Incident await(String what, Predicate<Incident> wanted) {
    long until = System.nanoTime() + Takeovers.LONG.toNanos();
    for (; ; ) {
      for (Incident incident : told) {
        if (wanted.test(incident)) {
          return incident;
        }
      }
      long millis = (until - System.nanoTime()) / 1_000_000;
      if (millis <= 0) {
        throw new AssertionError("nothing was told of " + what + ": " + told);
      }
      try {
        wait(millis);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }
}
