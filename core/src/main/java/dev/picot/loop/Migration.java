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
  final Link ready = new Link();
  final Link waiting = new Link();

  /** Those with a deadline. */
  final Link timed = new Link();

  Migration() {
    ready.becomeHead();
    waiting.becomeHead();
    timed.becomeHead();
  }

  /** Takes everything that a loop has. */
  void addAll(Link ready, Link waiting, TimerWheel wheel) {
    ready.moveTo(this.ready);
    waiting.moveTo(this.waiting);
    wheel.moveTo(timed);
  }

  /**
   * Takes the youngest of the ready tasks that may move.
   *
   * @return how many
   */
  int addYoungest(Link from, int most) {
    int taken = 0;
    int seen = 0;
    Link at = from.prev;
    while (at instanceof LoopTask task && taken < most && seen++ < 2 * most) {
      at = at.prev;
      if (task.mayMove()) {
        task.unlink();
        ready.prepend(task);
        taken++;
      }
    }
    return taken;
  }

  /** For a dump; see {@link Link#forEachTask}. */
  void forEach(Consumer<LoopTask> visitor, int most) {
    ready.forEachTask(visitor, most);
    waiting.forEachTask(visitor, most);
    timed.forEachTask(visitor, most);
  }

  @Override
  protected void onInbox(Loop loop) {
    loop.adopt(this);
  }

  @Override
  protected void runSlice(LoopThread thread) {
    throw new IllegalStateException("a migration has no slice");
  }
}
