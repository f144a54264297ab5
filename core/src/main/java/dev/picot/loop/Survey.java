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
   * by LoopLists.ready or keep, which tell each survey, as does forget (`see`). What never leaves its list is met
   * there, with one exception: timers move to lower levels of the wheel. So the wheel is visited
   * from its highest level down.
   *
   * `at` is the next place in the list under way. If tasks of that list have moved to lower places
   * meanwhile, it is begun again, in larger portions, so that this ends. The ready list has no places
   * and is visited in one go, as soon as that is a portion: its tasks leave it unannounced, for their
   * slices.
   */
  static final int PORTION = 1_000;

  final CompletableFuture<Set<LoopTask>> answer = new CompletableFuture<>();

  /** The next one of the same loop. */
  @Nullable Survey next;

  private final Set<LoopTask> found = Collections.newSetFromMap(new IdentityHashMap<>());

  /** Why nobody can be sure that all were found. */
  private @Nullable OutOfMemoryError failure;

  /** Whether the ready list was visited. */
  private boolean sawReady;

  /** The number of the list under way. */
  private int list;

  /** Where to go on in it. */
  private int at;

  /** How often its tasks had moved to lower places when it was begun. */
  private int moves;

  private int portion = PORTION;

  /** A task of this loop: met in a list, or one that gets into a list or leaves one. */
  void see(LoopTask task) {
    try {
      found.add(task);
    } catch (OutOfMemoryError e) { // the loop goes on
      failure = e;
    }
  }

  /** Visits the next portion. Returns whether that was the last one; then it has answered. */
  boolean advance(LoopLists lists) {
    if (failure != null) {
      answer.completeExceptionally(failure);
      return true;
    }
    int left = portion;
    if (!sawReady) {
      left -= lists.readyCount();
      if (left < 0) {
        portion *= 2;
        return false;
      }
      lists.forEachReady(this::see, Integer.MAX_VALUE);
      sawReady = true;
    }
    for (; left > 0; left--) { // an empty list counts as a task
      TaskList tasks = lists.list(list);
      if (tasks == null) {
        answer.complete(found);
        return true;
      }
      if (at == 0) {
        moves = tasks.moves();
      } else if (moves != tasks.moves()) {
        at = 0;
        portion *= 2;
        continue;
      }
      for (; left > 0 && at < tasks.end(); left--, at++) {
        LoopTask task = tasks.get(at);
        if (task != null) {
          see(task);
        }
      }
      if (at >= tasks.end()) {
        at = 0;
        list++;
      }
    }
    return false;
  }
}
