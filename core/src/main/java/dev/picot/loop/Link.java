package dev.picot.loop;

import org.jspecify.annotations.Nullable;

/**
 * A node of a circular doubly linked list; a bare {@code Link} is the head of such a list.
 *
 * <p>Owned by the owner of the loop: only it links and unlinks, in phase OWNER.
 */
class Link {
  /** Null while in no list. */
  @Nullable Link prev;

  /** Null while in no list. */
  @Nullable Link next;

  /** Makes this the head of an empty list. */
  final void becomeHead() {
    prev = this;
    next = this;
  }

  final boolean isEmptyHead() {
    return next == this;
  }

  final boolean isLinked() {
    return next != null;
  }

  /** Appends {@code node} at the tail of the list that this is the head of. */
  final void append(Link node) {
    Link tail = prev;
    node.prev = tail;
    node.next = this;
    tail.next = node;
    prev = node;
  }

  /** Takes this out of the list it is in, if any. */
  final void unlink() {
    Link before = prev;
    Link after = next;
    if (before != null) {
      before.next = after;
      after.prev = before;
      prev = null;
      next = null;
    }
  }
}
