/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Collects the tasks of a loop that never stands still long enough to be read from outside: its
 * owner visits a portion each turn. Owner only, except for {@link #answer}.
 */
final class Survey {
  /*
   * Lists change between portions. What leaves the list it was in, and does not end, gets into one
   * by Loop.ready or Loop.keep, which tell each survey, as does Loop.forget (`moved`). What never leaves its list is met
   * there, with one exception: timers move to lower levels of the wheel. So the wheel is visited
   * from its highest level down.
   *
   * `at` is the next task of the list under way. If it has left the list it does not lead to the
   * rest any more: the list is begun again, in larger portions, so that this ends.
   */
  static final int PORTION = 1_000;

  final CompletableFuture<Set<LoopTask>> answer = new CompletableFuture<>();

  /** The next one of the same loop. */
  @Nullable Survey next;

  private final Set<LoopTask> found = Collections.newSetFromMap(new IdentityHashMap<>());

  /** The number of the list under way. */
  private int list;

  /** Where to go on in it; null at its beginning. */
  private @Nullable Link at;

  private int portion = PORTION;

  /** A task of this loop gets into a list, or leaves one. */
  void moved(LoopTask task) {
    found.add(task);
    if (task == at) {
      beginListAgain();
    }
  }

  private void beginListAgain() {
    at = null;
    portion *= 2;
  }

  /** Visits the next portion. Returns whether that was the last one; then it has answered. */
  boolean advance(Loop loop) {
    if (list == Loop.READY_LIST && at != null) {
      beginListAgain(); // its tasks leave it unannounced, for their slices
    }
    for (int left = portion; left > 0; ) {
      Link head = loop.list(list);
      if (head == null) {
        answer.complete(found);
        return true;
      }
      Link link = at == null ? head.next : at;
      for (; left > 0 && link instanceof LoopTask task; left--) {
        found.add(task);
        link = task.next;
      }
      if (link instanceof LoopTask) {
        at = link;
      } else {
        at = null;
        list++;
        left--;
      }
    }
    return false;
  }
}
