/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import java.util.function.Consumer;

/**
 * Tasks on their way from one loop to another, as a message to the new one.
 *
 * <p>Owned by the owner of the old loop until it is posted, then by that of the new one.
 */
final class Migration extends LoopTask {
  final ReadyList ready = new ReadyList();
  final TaskList waiting;

  /** Those with a deadline. */
  final TimerWheel timed;

  private final Loop from;

  /** With those that wait in a loop; with none if it goes on. */
  Migration(Loop from, TaskList waiting, TimerWheel timed) {
    this.from = from;
    this.waiting = waiting;
    this.timed = timed;
  }

  /**
   * Whether a task that was in one of the lists still waits there. Not if it was forgotten, or if
   * it was woken and has arrived elsewhere before this: where two loops leave one after the other,
   * and where there was no memory for this at first.
   */
  boolean isToCome(LoopTask task) {
    return task.isKept() && (task.loop == null || task.loop == from);
  }

  /**
   * Takes the first of the ready tasks that may move; the others keep their order.
   *
   * @return how many
   */
  int addFirst(ReadyList from, int most) {
    ReadyList staying = new ReadyList();
    int taken = 0;
    for (int seen = 0; taken < most && seen < 2 * most; seen++) {
      LoopTask task = from.poll();
      if (task == null) {
        break;
      }
      if (task.mayMove()) {
        ready.add(task);
        taken++;
      } else {
        staying.add(task);
      }
    }
    from.addAllFirst(staying);
    return taken;
  }

  /** For a dump; see {@link ReadyList#forEach}. */
  void forEach(Consumer<LoopTask> visitor, int most) {
    ready.forEach(visitor, most);
    waiting.forEach(visitor);
    timed.forEach(visitor);
  }

  @Override
  protected void onInbox(Loop loop) {
    loop.lists.adopt(this);
  }

  @Override
  protected void runSlice(LoopThread thread) {
    throw new IllegalStateException("a migration has no slice");
  }
}
