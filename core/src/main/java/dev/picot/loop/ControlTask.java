/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import java.util.function.Consumer;

/** A message to a loop: an action on its structures, run by the owner in phase OWNER. */
public final class ControlTask extends LoopTask {
  private final String name;
  private final Consumer<Loop> action;

  /**
   * Makes a message.
   *
   * @param name for reports
   * @param action runs in phase OWNER: no user code
   */
  public ControlTask(String name, Consumer<Loop> action) {
    this.name = name;
    this.action = action;
  }

  @Override
  protected void onInbox(Loop loop) {
    action.accept(loop);
  }

  @Override
  protected void runSlice(LoopThread thread) {
    throw new IllegalStateException("control message '" + name + "' has no slice");
  }
}
