/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.stream;

import java.util.concurrent.atomic.AtomicInteger;

/** Somebody who waits for room in a mailbox. */
abstract class Waiting<T> {
  /*
   * States
   *   WAITING   in the mailbox's queue, undecided
   *   ADMITTED  gets the room; whoever sees it at the head of the queue moves it into the mailbox
   *   GONE      gave up or was turned away; whoever sees it at the head of the queue drops it
   * Transitions (CAS)
   *   WAITING -> ADMITTED  admit  any thread that saw it at the head, and room
   *   WAITING -> GONE      leave  who waits, any thread; or any thread that saw the mailbox closed
   * Invariant: once there is room for the head of the queue it stays until the head has left the
   * queue, because nobody else takes room while somebody waits. So an ADMITTED one always fits.
   */
  private static final int WAITING = 0;
  private static final int ADMITTED = 1;
  private static final int GONE = 2;

  private final AtomicInteger state = new AtomicInteger(WAITING);

  final boolean admit() {
    return state.compareAndSet(WAITING, ADMITTED);
  }

  final boolean leave() {
    return state.compareAndSet(WAITING, GONE);
  }

  final boolean isAdmitted() {
    return state.get() == ADMITTED;
  }

  final boolean isGone() {
    return state.get() == GONE;
  }

  /** The state with what it wanted, once it is out of the queue. */
  abstract MailboxState<T> into(MailboxState<T> state);

  /**
   * The mailbox has decided, see {@link #isAdmitted}. Called once, by who took it out of the queue
   * or turned it away; calls no user code.
   */
  abstract void decided();

  /** What is to be done then and may call user code; after everybody has heard {@link #decided}. */
  abstract void afterwards();
}
