/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

/** The kinds of {@link Task} nodes and {@link Frame}s: what the interpreter switches on. */
final class Tag {
  static final int VALUE = 0;
  static final int ERROR = 1;
  static final int CALL = 2;
  static final int RUN = 3;
  static final int DEFER = 4;
  static final int SLEEP = 5;
  static final int YIELD = 6;
  static final int NEVER = 7;
  static final int BLOCKING = 8;
  static final int BLOCKING_RUN = 9;
  static final int AWAIT = 10;
  static final int AWAIT_STAGE = 11;
  static final int ASYNC = 12;
  static final int JOIN = 13;
  static final int CONTEXT = 14;
  static final int USING = 15;
  static final int TIMEOUT = 16;
  static final int UNCANCELLABLE = 17;
  static final int NAMED = 18;
  static final int WITH = 19;
  static final int MAP = 20;
  static final int FLAT_MAP = 21;
  static final int MAP_BLOCKING = 22;
  static final int THEN = 23;
  static final int DO_ON_SUCCESS = 24;
  static final int ON_ERROR_RESUME = 25;
  static final int ON_ERROR_MAP = 26;
  static final int DO_FINALLY = 27;

  /** Tasks that the interpreter makes only: goes on leaving frames. */
  static final int UNWIND = 28;

  /** Frames only: restores the scope that was left by entering a nested one. */
  static final int LEAVE_SCOPE = 29;

  /** Frames only: goes on with the completion that a finalizer interrupted. */
  static final int AFTER_FINALIZER = 30;

  /** Frames only: releases what was acquired after nobody waited for it any more. */
  static final int RELEASE_ORPHAN = 31;

  /** Signals a value of a stream as soon as there is demand; made by {@link Emitter}. */
  static final int EMIT = 32;

  static final int FORK = 40;
  static final int RUN_IN = 41;

  /** Tasks that start several children; frames that are left when these have ended. */
  static final int SIBLINGS = 42;

  /** Tasks that the interpreter makes only: goes on starting children. */
  static final int START_SIBLINGS = 43;

  /** Tasks that the interpreter makes only: cancels children and waits for their end. */
  static final int END_CHILDREN = 44;

  /** Runs the body, then goes on as {@link #WHILE}; as a frame: after the body. */
  static final int LOOP = 45;

  static final int WHILE = 46;
  static final int ITERATE = 47;
  static final int FOR_EACH = 48;

  /** Tasks of the library only: waits for the next signal of a {@link ForEach}. */
  static final int SIGNAL = 49;

  /** Tasks of the library only: reads the clock of the loop. */
  static final int CLOCK = 50;

  private Tag() {}

  /** Whether a task that is its source followed by a function is pushed, and fed, by a slice. */
  static boolean isFrequentFrame(int tag) {
    return tag == FLAT_MAP || tag == MAP || tag == THEN || tag == DO_ON_SUCCESS;
  }
}
