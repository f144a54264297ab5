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
 * What a callback thread leaves behind that nobody else would do, for a callback thread of its own.
 *
 * <p>Either the rest of an acquire that it does not wait for any more: if that still gives
 * something, it is taken through the remaining steps and released. Or, after a failed stall, the
 * rest of the release that the step was stuck in.
 */
final class Orphan {
  private final CallbackThreadCore parent;
  private final Frame frames;
  private final Scope scope;
  private final boolean releasing;

  /** Whether it keeps its scheduler from closing. Whoever has it to itself. */
  private boolean held;

  private Orphan(CallbackThreadCore parent, Frame frames, Scope scope, boolean releasing) {
    this.parent = parent;
    this.frames = frames;
    this.scope = scope;
    this.releasing = releasing;
  }

  /** Whether a release is under way, which waits for whatever it waited for. */
  boolean isReleasing() {
    return releasing;
  }

  /** For a live callback thread that gives up a wait; null unless it waits in an acquire. */
  static @Nullable Orphan ofWait(
      CallbackThreadCore parent, @Nullable Frame stack, @Nullable Scope scope) {
    return scope == null || scope.heedsCancelBetweenSteps()
        ? null
        : of(parent, stack, scope, false, false);
  }

  /**
   * For one that was failed while its step was stuck; null unless in an acquire or a release. If it
   * is sure to go on it also takes the finalizers that nobody has claimed: those that the slice
   * pushed when the others had been claimed already.
   */
  static @Nullable Orphan ofStalled(
      CallbackThreadCore parent, @Nullable Frame stack, @Nullable Scope scope, boolean goesOn) {
    return scope == null ? null : of(parent, stack, scope, true, goesOn);
  }

  /**
   * Whether there may be one of a step that is stuck, once it returns.
   *
   * @param published the stack, read after the callback thread was failed: an acquire is on it
   *     before its first step
   */
  static boolean mayComeOf(@Nullable Frame published, Scope scope) {
    boolean may = scope.finalizer();
    for (Frame at = published; at != null && !may; at = at.next) {
      may = isAcquiring(at);
    }
    return may;
  }

  /**
   * Takes the frames up to the acquire, and ends them with the release in place of the use; else
   * those up to the end of the outermost release.
   *
   * <p>A live callback thread that gives up a wait within a release goes on with that release
   * itself. So does the acquire around it.
   */
  private static @Nullable Orphan of(
      CallbackThreadCore parent,
      @Nullable Frame top,
      Scope scope,
      boolean stalled,
      boolean goesOn) {
    Scope finalizing = scope.finalizing();
    List<Frame> steps = new ArrayList<>();
    int releases = 0;
    for (Frame at = top; at != null; at = at.next) {
      if (isAcquiring(at)) {
        Frame release = new Frame(Tag.RELEASE_ORPHAN, at.operand, null);
        return new Orphan(parent, copy(steps, release, goesOn), finalizing, releases > 0);
      }
      steps.add(at);
      if (at.tag == Tag.AFTER_FINALIZER) {
        if (!stalled) {
          return null;
        }
        releases = steps.size();
      }
    }
    if (releases == 0) {
      return null;
    }
    Frame end = new Frame.AfterFinalizer(Interpreter.VALUE, null, null, finalizing);
    Frame rest = copy(steps.subList(0, releases - 1), end, goesOn);
    return new Orphan(parent, rest, finalizing, true);
  }

  private static Frame copy(List<Frame> steps, Frame end, boolean goesOn) {
    Frame copy = end;
    for (int i = steps.size() - 1; i >= 0; i--) {
      copy = copy(steps.get(i), copy, goesOn);
    }
    return copy;
  }

  private static boolean isAcquiring(Frame frame) {
    return frame.tag == Tag.RELEASE_ORPHAN
        || (frame instanceof Frame.Using using && using.isAcquiring());
  }

  private static Scope outerOf(Frame frame) {
    return Scope.of(((Frame.Scoped) frame).outer).finalizing();
  }

  private static Frame copy(Frame frame, Frame next, boolean goesOn) {
    return switch (frame.tag) {
      case Tag.LEAVE_SCOPE, Tag.TIMEOUT ->
          new Frame.Scoped(Tag.LEAVE_SCOPE, null, next, outerOf(frame));
      case Tag.DO_FINALLY ->
          goesOn && ((Frame.Finally) frame).claim()
              ? new Frame.Finally(frame.operand, next)
              : next; // ran when it was given up
      case Tag.USING -> next; // likewise
      case Tag.AFTER_FINALIZER -> ((Frame.AfterFinalizer) frame).copy(next, outerOf(frame));
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
      held = false;
      parent.scheduler().letGo();
    }
  }

  /** Starts with the value that was acquired late. Returns true. */
  boolean adopt(@Nullable Object late) {
    goOn(Task.constant(late));
    return true;
  }

  /** Starts with a task, or with the wait that a slice has ended with. */
  void goOn(Object slot) {
    parent.scheduler().spawnInternal(parent.boundLoop(), slot, frames, scope);
    drop();
  }
}
