/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.stream;

import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** An immutable queue: first in, first out. Every operation is O(1), amortised. */
final class Fifo<E> {
  /*
   * What was added is in `back`, newest first; what is taken next in `front`, oldest first. When the
   * front is used up the back is put into a Turned, which is reversed on first use. The Turned stays
   * the same object while others add, so however often a compare-and-set of a queue made from it
   * fails, it is reversed once.
   * Invariant: one of `front` and `turned` is null, and if both are the queue is empty.
   */
  private static final Fifo<?> EMPTY = new Fifo<>(null, null, null, 0);

  private record Node<E>(E element, @Nullable Node<E> next) {}

  /** A back that has become the front. */
  private static final class Turned<E> {
    private final Node<E> newestFirst;

    /** Null until first use. Any thread; all write the same elements. */
    private volatile @Nullable Node<E> oldestFirst;

    Turned(Node<E> newestFirst) {
      this.newestFirst = newestFirst;
    }

    Node<E> oldestFirst() {
      Node<E> reversed = oldestFirst;
      if (reversed == null) {
        reversed = new Node<>(newestFirst.element(), null);
        for (Node<E> at = newestFirst.next(); at != null; at = at.next()) {
          reversed = new Node<>(at.element(), reversed);
        }
        oldestFirst = reversed;
      }
      return reversed;
    }
  }

  private final @Nullable Node<E> front;
  private final @Nullable Turned<E> turned;
  private final @Nullable Node<E> back;
  private final int size;

  private Fifo(
      @Nullable Node<E> front, @Nullable Turned<E> turned, @Nullable Node<E> back, int size) {
    this.front = front;
    this.turned = turned;
    this.back = back;
    this.size = size;
  }

  @SuppressWarnings("unchecked") // it has no elements
  static <E> Fifo<E> empty() {
    return (Fifo<E>) EMPTY;
  }

  boolean isEmpty() {
    return size == 0;
  }

  int size() {
    return size;
  }

  Fifo<E> plus(E element) {
    return size == 0
        ? new Fifo<>(new Node<>(element, null), null, null, 1)
        : new Fifo<>(front, turned, new Node<>(element, back), size + 1);
  }

  private Node<E> head() {
    if (front != null) {
      return front;
    }
    if (turned == null) {
      throw new IllegalStateException("an empty queue has no first element");
    }
    return turned.oldestFirst();
  }

  /** The oldest element; there is one. */
  E first() {
    return head().element();
  }

  /** All but the oldest element; there is one. */
  Fifo<E> rest() {
    Node<E> next = head().next();
    if (next != null) {
      return new Fifo<>(next, null, back, size - 1);
    }
    return back == null ? empty() : new Fifo<>(null, new Turned<>(back), null, size - 1);
  }

  /** The elements that are not to go, in their order. */
  Fifo<E> without(Predicate<? super E> toGo) {
    Fifo<E> kept = empty();
    for (Fifo<E> at = this; !at.isEmpty(); at = at.rest()) {
      if (!toGo.test(at.first())) {
        kept = kept.plus(at.first());
      }
    }
    return kept;
  }

  void forEach(Consumer<? super E> action) {
    for (Fifo<E> at = this; !at.isEmpty(); at = at.rest()) {
      action.accept(at.first());
    }
  }
}
