/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rest of an acquire whose callback thread does not wait for it any more: if it still gives
 * something, a callback thread of its own takes it through the remaining steps and releases it.
 */
final class Orphan {
  private final CallbackThreadCore parent;
  private final Frame frames;
  private final Scope scope;

  /** Whether it keeps its scheduler from closing. Written before it is shared. */
  private boolean held;

  private Orphan(CallbackThreadCore parent, Frame frames, Scope scope) {
    this.parent = parent;
    this.frames = frames;
    this.scope = scope;
  }

  /** Null unless the stack is within an acquire. */
  static @Nullable Orphan of(
      CallbackThreadCore parent, @Nullable Frame stack, @Nullable Scope scope) {
    if (scope == null || scope.heed() == Scope.Heed.ALWAYS) {
      return null;
    }
    Frame frames = upToRelease(stack);
    return frames == null ? null : new Orphan(parent, frames, scope.finalizing());
  }

  /**
   * Copies the frames of the acquire and ends them with the release in place of the use. A release
   * around which there is an acquire gives it nothing, so the search ends there.
   */
  private static @Nullable Frame upToRelease(@Nullable Frame top) {
    List<Frame> steps = new ArrayList<>();
    Frame at = top;
    while (at != null && at.tag != Tag.AFTER_FINALIZER && !isAcquiring(at)) {
      steps.add(at);
      at = at.next;
    }
    if (at == null || at.tag == Tag.AFTER_FINALIZER) {
      return null;
    }
    Frame copy = new Frame(Tag.RELEASE_ORPHAN, at.operand, null);
    for (int i = steps.size() - 1; i >= 0; i--) {
      copy = copy(steps.get(i), copy);
    }
    return copy;
  }

  private static boolean isAcquiring(Frame frame) {
    return frame.tag == Tag.RELEASE_ORPHAN
        || (frame instanceof Frame.Using using
            && (using.state() == Frame.Using.NEW || using.state() == Frame.Using.ABANDONED));
  }

  private static Frame copy(Frame frame, Frame next) {
    return switch (frame.tag) {
      case Tag.LEAVE_SCOPE, Tag.TIMEOUT ->
          new Frame.Scoped(
              Tag.LEAVE_SCOPE, null, next, Scope.of(((Frame.Scoped) frame).outer).finalizing());
      case Tag.DO_FINALLY, Tag.USING -> next; // ran when it was given up
      default -> new Frame(frame.tag, frame.operand, next);
    };
  }

  /** Keeps the scheduler from closing until it is adopted or dropped. Before it is shared. */
  void hold() {
    parent.scheduler().hold();
    held = true;
  }

  /** Nothing was acquired. */
  void drop() {
    if (held) {
      parent.scheduler().release();
    }
  }

  /** Starts with the task that gives what was acquired late. Returns true. */
  boolean adopt(Task<?> late) {
    parent.scheduler().spawnInternal(parent.boundLoop(), late, frames, scope);
    drop();
    return true;
  }
}
