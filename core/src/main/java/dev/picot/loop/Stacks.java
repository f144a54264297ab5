/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Folds stacks for reports: leaves our own frames out, cuts what is too deep, and shows a stack
 * that was shown already by the number of its incident. Aux thread only.
 */
final class Stacks {
  private static final int FRAMES = 24;
  private static final int REMEMBERED = 64;
  private static final String ENGINE = "dev.picot.";

  /** What BlockHound puts before the name of a native method, in whose place it comes. */
  private static final String BLOCKHOUND = "$$BlockHound$$_";

  /** Stacks that were shown, and in which incident. */
  private final Map<List<StackTraceElement>, Integer> shown =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<List<StackTraceElement>, Integer> eldest) {
          return size() > REMEMBERED;
        }
      };

  /** The frames down to where the engine called the step. */
  static List<StackTraceElement> fold(StackTraceElement[] stack) {
    int end = stack.length;
    while (end > 0 && isThread(stack[end - 1])) {
      end--;
    }
    while (end > 0 && isEngine(stack[end - 1])) {
      end--;
    }
    List<StackTraceElement> frames = new ArrayList<>();
    for (int i = 0; i < (end == 0 ? stack.length : end); i++) {
      frames.add(stack[i]);
    }
    return List.copyOf(frames);
  }

  /** Whether a thread sleeps, parks or waits, as its innermost frame tells. */
  static boolean isWait(StackTraceElement[] stack) {
    String top = stack[0].getClassName();
    String method = stack[0].getMethodName().replace(BLOCKHOUND, "");
    return (top.equals("java.lang.Thread") && method.startsWith("sleep"))
        || (top.equals("java.lang.Object") && method.startsWith("wait"))
        || (top.endsWith(".misc.Unsafe") && method.equals("park"));
  }

  /**
   * {@return whether an interrupt only wakes a thread up: it sleeps, parks or waits, and no channel
   * is on its stack, which an interrupt would close for all who use it}
   */
  static boolean isSafeToInterrupt(Thread.State state, StackTraceElement[] stack) {
    boolean waits = state == Thread.State.WAITING || state == Thread.State.TIMED_WAITING;
    if (!waits || stack.length == 0 || !isWait(stack)) {
      return false;
    }
    for (StackTraceElement frame : stack) {
      String name = frame.getClassName();
      if (name.startsWith("java.nio.channels.") || name.startsWith("sun.nio.ch.")) {
        return false;
      }
    }
    return true;
  }

  private static boolean isThread(StackTraceElement frame) {
    return frame.getClassName().equals("java.lang.Thread");
  }

  private static boolean isEngine(StackTraceElement frame) {
    String name = frame.getClassName();
    int nested = name.indexOf('$');
    return switch (nested < 0 ? name : name.substring(0, nested)) {
      case ENGINE + "loop.LoopThread",
          ENGINE + "loop.Loop",
          ENGINE + "loop.ElasticThread",
          ENGINE + "CallbackThreadCore",
          ENGINE + "Slice",
          ENGINE + "Interpreter",
          ENGINE + "ActionTask",
          ENGINE + "BlockingCall" ->
          true;
      default -> false;
    };
  }

  /** The lines of a report, each beginning with a line break. */
  String show(List<StackTraceElement> stack, int number) {
    if (stack.isEmpty()) {
      return "";
    }
    Integer before = shown.putIfAbsent(stack, number);
    if (before != null && before != number) {
      return "\n    at " + stack.get(0) + "\n    ... the stack of incident " + before;
    }
    String frames =
        stack.stream()
            .limit(FRAMES)
            .map(frame -> "\n    at " + frame)
            .collect(Collectors.joining());
    return stack.size() > FRAMES
        ? frames + "\n    ... " + (stack.size() - FRAMES) + " more"
        : frames;
  }
}
