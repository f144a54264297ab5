/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

/** Takes the tasks whose deadline was reached, one by one, from {@link TimerWheel#advance}. */
@FunctionalInterface
interface DueSink {

  /**
   * The deadline of {@code task} was reached; the task is in no list any more, and the wheel stands
   * at its deadline. May add tasks to the wheel; takes none out. What it throws ends the advance;
   * the tasks still due stay in the wheel and come with the next one.
   */
  void due(LoopTask task);
}
