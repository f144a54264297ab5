/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The ready tasks of a loop, first in, first out.
 *
 * <p>Linked, for it must not fail for want of memory; and one way, because with a generational
 * collector each reference from an old object to another costs work beside the loop. So a task that
 * leaves gets nothing stored but null, and one that comes is stored in the one before it and in
 * this list, which the collector has noted already.
 *
 * <h2>Threading</h2>
 *
 * Touched by the owner of the loop only, in phase OWNER. The exception is {@link #forEach}.
 */
final class ReadyList {
  private @Nullable LoopTask first;
  private @Nullable LoopTask last;

  boolean isEmpty() {
    return first == null;
  }

  /** Puts a task, which is in no list, behind the others. */
  void add(LoopTask task) {
    task.next = null; // a push at the end of a stack may have left something
    LoopTask before = last;
    if (before == null) {
      first = task;
    } else {
      before.next = task;
    }
    last = task;
  }

  /** Takes the first one out; null if there is none. */
  @Nullable LoopTask poll() {
    LoopTask task = first;
    if (task != null) {
      first = task.next;
      task.next = null;
      if (first == null) {
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
    end.next = first;
    first = others.first;
    last = last == null ? end : last;
    others.clear();
  }

  /** Forgets them: they are in no list any more, or in another one. */
  void clear() {
    first = null;
    last = null;
  }

  /**
   * Visits the tasks. Also for a reader that the owner does not know of and that checks afterwards
   * whether the list has changed meanwhile.
   *
   * @param most how many at most
   * @throws LoopReader.ConcurrentReadException if the list has certainly changed
   */
  void forEach(Consumer<? super LoopTask> visitor, int most) {
    int steps = 0;
    for (LoopTask at = first; at != null; at = at.next) {
      if (steps++ >= most) {
        throw new LoopReader.ConcurrentReadException();
      }
      visitor.accept(at);
    }
  }
}
