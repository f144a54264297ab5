/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A node of a circular doubly linked list; a bare {@code Link} is the head of such a list.
 *
 * <p>Owned by the owner of the loop: only it links and unlinks, in phase OWNER.
 */
class Link {
  /** Null while in no list but a {@link ReadyList}. */
  @Nullable Link prev;

  /** Null while in no list, and at the end of a {@link ReadyList}. */
  @Nullable Link next;

  /** Makes this the head of an empty list. */
  final void becomeHead() {
    prev = this;
    next = this;
  }

  /** Whether it is in a list other than a {@link ReadyList}. */
  final boolean isLinked() {
    return prev != null;
  }

  /** Appends {@code node} at the tail of the list that this is the head of. */
  final void append(Link node) {
    Link tail = Objects.requireNonNull(prev);
    node.prev = tail;
    node.next = this;
    tail.next = node;
    prev = node;
  }

  /** Takes this out of a list that is given up, whose links are not to be relied on. */
  final void letGo() {
    prev = null;
    next = null;
  }

  /** Appends all that is in the list that this is the head of to another one. */
  final void moveTo(Link head) {
    while (next instanceof LoopTask task) {
      task.unlink();
      head.append(task);
    }
  }

  /**
   * Empties the list that this is the head of.
   *
   * @return the first of those that were in it, each of which still leads to the next, and the last
   *     one to this head
   */
  final Link takeAll() {
    Link first = Objects.requireNonNull(next);
    becomeHead();
    return first;
  }

  /** Takes this out of the list it is in, if any. */
  final void unlink() {
    Link before = prev;
    Link after = next;
    if (before != null && after != null) {
      before.next = after;
      after.prev = before;
      prev = null;
      next = null;
    }
  }

  /**
   * Visits the tasks of the list that this is the head of. Also for a reader that the owner does
   * not know of and that checks afterwards whether the list has changed meanwhile.
   *
   * @param most how many steps at most
   * @throws Loop.ConcurrentReadException if the list has certainly changed
   */
  final void forEachTask(Consumer<LoopTask> visitor, int most) {
    int steps = 0;
    for (Link at = next; at != this; at = at.next) {
      if (!(at instanceof LoopTask task) || steps++ >= most) {
        throw new Loop.ConcurrentReadException();
      }
      visitor.accept(task);
    }
  }
}
