/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The ready tasks of a loop, first in, first out; {@link Link#next} is the first one.
 *
 * <p>Linked one way and with an end: a slice takes the first and puts it behind the last again all
 * the time, and with a generational collector each reference from an old object to another costs
 * work beside the loop. So a task that leaves gets nothing stored but null, and one that comes is
 * stored in the one before it and in the head, which the collector has noted already.
 *
 * <h2>Threading</h2>
 *
 * As {@link Link}. A task in this list is not {@linkplain Link#isLinked linked}: only the head of
 * the list knows of it.
 */
final class ReadyList extends Link {
  private @Nullable LoopTask last;

  boolean isEmpty() {
    return next == null;
  }

  /** Puts a task, which is in no list, behind the others. */
  void add(LoopTask task) {
    LoopTask before = last;
    if (before == null) {
      next = task;
    } else {
      before.next = task;
    }
    last = task;
  }

  /** Takes the first one out; null if there is none. */
  @Nullable LoopTask poll() {
    LoopTask task = (LoopTask) next;
    if (task != null) {
      next = task.next;
      task.next = null;
      if (next == null) {
        last = null;
      }
    }
    return task;
  }

  /** Puts all that are in another list before those in this one. */
  void addAllFirst(ReadyList others) {
    LoopTask end = others.last;
    if (end == null) {
      return;
    }
    end.next = next;
    next = others.next;
    last = last == null ? end : last;
    others.clear();
  }

  /** Forgets them: they are in no list any more, or in another one. */
  void clear() {
    next = null;
    last = null;
  }

  /**
   * Visits the tasks. Also for a reader as in {@link Link#forEachTask}.
   *
   * @param most how many at most
   * @throws Loop.ConcurrentReadException if the list has certainly changed
   */
  void forEach(Consumer<LoopTask> visitor, int most) {
    int steps = 0;
    for (Link at = next; at != null; at = at.next) {
      if (!(at instanceof LoopTask task) || steps++ >= most) {
        throw new Loop.ConcurrentReadException();
      }
      visitor.accept(task);
    }
  }
}
