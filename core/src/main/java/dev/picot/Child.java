/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import org.jspecify.annotations.Nullable;

/** What ties a child to its parent, from its start to its end. */
final class Child {
  private static final int NO_CHILD = -1;

  /** The parent. Of {@link #closing} nobody asks for it. */
  final @Nullable CallbackThreadCore parent;

  private final int index;

  /**
   * The next older one in {@link Children}. Written before it is added, then by slices of the
   * parent: only ever to one further down, and those in between have ended.
   */
  @Nullable Child elder;

  /** Null once it has ended, so that the parent keeps nothing of it. Written by whoever ends it. */
  private volatile @Nullable CallbackThread<?> thread;

  /** Those that are waited for together with it. Null if it was forked, and once it has ended. */
  private @Nullable Siblings siblings;

  Child(
      @Nullable CallbackThreadCore parent,
      @Nullable CallbackThread<?> thread,
      @Nullable Siblings siblings,
      int index) {
    this.parent = parent;
    this.thread = thread;
    this.siblings = siblings;
    this.index = index;
  }

  /** The end of {@link Children}: nobody comes after it. */
  static Child closing(@Nullable Child youngest) {
    Child end = new Child(null, null, null, NO_CHILD);
    end.elder = youngest;
    return end;
  }

  /**
   * Starts a child. In a slice of the parent, which may have been taken over and even failed
   * meanwhile: then it is refused, or cancelled by whoever closed the parent's children.
   *
   * @param scope the parent's
   * @param index its place among its siblings, if it has any
   * @throws RefusedException if it was not started
   */
  static CallbackThread<?> start(
      CallbackThreadCore parent,
      @Nullable Scope scope,
      LoopScheduler scheduler,
      Task<?> task,
      @Nullable Siblings siblings,
      int index) {
    Scope inherited = Scope.inherited(scope);
    CallbackThread<?> thread =
        new CallbackThread<Object>(task, null, inherited, scheduler.group().choose());
    Child child = new Child(parent, thread, siblings, index);
    thread.observers().comeFrom(child, siblings != null);
    Children children = parent.observers().children();
    scheduler.admitChild(parent, inherited != null && inherited.finalizer());
    if (!children.add(child)) {
      scheduler.giveUpChild();
      throw scheduler.closedWhile("refused a child of a callback thread that has ended");
    }
    thread.begin();
    return thread;
  }

  boolean isClosing() {
    return index == NO_CHILD;
  }

  /** Null once it has ended. */
  @Nullable CallbackThread<?> thread() {
    return thread;
  }

  /** The child has ended, and its permit is back. In phase OWNER, or on a detached thread. */
  void ended(CallbackThreadCore ended) {
    Siblings others = siblings;
    siblings = null;
    thread = null;
    if (others != null) {
      others.ended(ended, index);
    }
  }
}
