/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

/**
 * What a driver does between slices when it is posted, or when its time has come: in phase IO, in
 * the order in which they became ready. Not user code.
 */
public abstract class IoTask extends LoopTask {
  /** For subclasses. */
  protected IoTask() {}

  /**
   * Does it, in phase IO.
   *
   * @param loop where: the loop it was posted to, or the one that has taken over all of that
   */
  protected abstract void run(Loop loop);

  @Override
  protected void onInbox(Loop loop) {
    loop.readyForIo(this);
  }

  @Override
  protected void onTimer(Loop loop) {
    loop.readyForIo(this);
  }

  @Override
  protected final void runSlice(LoopThread thread) {
    throw new IllegalStateException("a task of an I/O driver has no slice");
  }
}
