/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import java.util.List;

/**
 * Tells a thread that waits for work from one that works, by its stack.
 *
 * <p>Each kind of machinery has its rule. For machinery that none knows: a thread is idle while it
 * waits in code of the JDK that its own outermost code called.
 */
final class IdleRules {
  private static final String POOL = "java.util.concurrent.ThreadPoolExecutor";
  private static final String FORK_JOIN = "java.util.concurrent.ForkJoinPool";
  private static final String NETTY_LOOP = "io.netty.util.concurrent.SingleThreadEventExecutor";
  private static final String NETTY = "io.netty.";
  private static final String PICOT_LOOP = "dev.picot.loop.LoopThread";

  /** Where a simulated thread waits for its turn, also in the middle of a step. */
  private static final String SIMULATOR = "dev.picot.loop.Simulator";

  /** Where a slice is recorded after its end. */
  private static final String TIMED_SLICE = "dev.picot.loop.Loop";

  private static final String NETTY_GLOBAL = "io.netty.util.concurrent.GlobalEventExecutor";

  private IdleRules() {}

  static boolean isIdle(Thread.State state, CallStack stack) {
    List<StackTraceElement> frames = stack.frames();
    if (has(frames, SIMULATOR, "rest")) {
      return true;
    }
    if (has(frames, PICOT_LOOP, "run")) {
      return !has(frames, PICOT_LOOP, "slice") && !has(frames, TIMED_SLICE, "sampledSlice");
    }
    if (has(frames, POOL, "runWorker")) {
      return hasCalledOnly(frames, POOL, "runWorker", "getTask");
    }
    if (has(frames, FORK_JOIN, "runWorker")) {
      return !has(frames, FORK_JOIN + "$WorkQueue", "topLevelExec");
    }
    if (frames.stream().anyMatch(frame -> frame.getClassName().startsWith(NETTY_LOOP))) {
      return !stack.hasApplicationFrame() && frames.stream().noneMatch(IdleRules::isNettyWork);
    }
    if (has(frames, NETTY_GLOBAL, "takeTask")) {
      return true;
    }
    return state != Thread.State.RUNNABLE && waitsInItsOwnCode(frames);
  }

  private static boolean has(List<StackTraceElement> frames, String type, String method) {
    return frames.stream().anyMatch(frame -> is(frame, type, method));
  }

  private static boolean is(StackTraceElement frame, String type, String method) {
    return frame.getMethodName().equals(method) && frame.getClassName().equals(type);
  }

  /** Whether {@code outer} has called nothing yet, or {@code inner}. */
  private static boolean hasCalledOnly(
      List<StackTraceElement> frames, String type, String outer, String inner) {
    for (int i = 0; i < frames.size(); i++) {
      if (is(frames.get(i), type, outer)) {
        return i == 0 || is(frames.get(i - 1), type, inner);
      }
    }
    return false;
  }

  /** A task of an event loop, or an event of one of its channels. */
  private static boolean isNettyWork(StackTraceElement frame) {
    if (!frame.getClassName().startsWith(NETTY)) {
      return false;
    }
    return switch (frame.getMethodName()) {
      case "runTask", "safeExecute", "processSelectedKey", "processReady", "handle" -> true;
      default -> false;
    };
  }

  private static boolean waitsInItsOwnCode(List<StackTraceElement> frames) {
    String outermost = null;
    for (int i = frames.size() - 1; i >= 0; i--) {
      String type = frames.get(i).getClassName();
      if (Origin.of(frames.get(i)) != Origin.JDK) {
        if (outermost == null) {
          outermost = type;
        } else if (!outermost.equals(type)) {
          return false;
        }
      }
    }
    return true;
  }
}
