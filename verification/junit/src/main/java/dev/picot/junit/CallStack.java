/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import dev.picot.internal.BlockingCalls;
import java.util.ArrayList;
import java.util.List;

/**
 * The stack of a thread as its reader wants it: without the traces of whoever looks at it.
 *
 * <p>Frames are innermost first. It is never empty.
 */
final class CallStack {
  private static final String BLOCKHOUND_RUNTIME = "reactor.blockhound.BlockHoundRuntime";

  /** BlockHound renames the native methods it wraps. */
  private static final String BLOCKHOUND_PREFIX = "$$BlockHound$$_";

  /** Samples show the classes that the JVM makes for lambdas, exceptions do not. */
  private static final String HIDDEN_LAMBDA_CLASS = "$$Lambda";

  /** How many frames decide whether two looks are at the same call. */
  private static final int COMPARED = 8;

  private final List<StackTraceElement> frames;

  /** The index of {@link #caller()}. */
  private final int caller;

  private CallStack(List<StackTraceElement> frames) {
    this.frames = frames;
    this.caller = indexOfCaller(frames);
  }

  /** The stack of the calling thread, which is inside BlockHound's callback. */
  static CallStack ofBlockedCall() {
    return of(BlockingCalls.stack());
  }

  /** A stack that somebody sampled. */
  static CallStack of(List<StackTraceElement> raw) {
    List<StackTraceElement> frames = new ArrayList<>(raw.size());
    for (StackTraceElement frame : raw) {
      if (!isNoise(frame)) {
        frames.add(withoutLoader(frame));
      }
    }
    if (frames.isEmpty()) {
      frames.add(new StackTraceElement("unknown", "unknown", null, -1));
    }
    return new CallStack(List.copyOf(frames));
  }

  private static boolean isNoise(StackTraceElement frame) {
    return frame.getClassName().equals(BLOCKHOUND_RUNTIME)
        || frame.getClassName().contains(HIDDEN_LAMBDA_CLASS)
        || frame.getMethodName().startsWith(BLOCKHOUND_PREFIX);
  }

  /** What was sampled bears the name of the class loader, what was thrown does not. */
  private static StackTraceElement withoutLoader(StackTraceElement frame) {
    return new StackTraceElement(
        null,
        frame.getModuleName(),
        null,
        frame.getClassName(),
        frame.getMethodName(),
        frame.getFileName(),
        frame.getLineNumber());
  }

  private static int indexOfCaller(List<StackTraceElement> frames) {
    int machinery = -1;
    for (int i = 0; i < frames.size(); i++) {
      Origin origin = Origin.of(frames.get(i));
      if (origin == Origin.APPLICATION) {
        return i;
      }
      if (origin == Origin.MACHINERY && machinery < 0) {
        machinery = i;
      }
    }
    return Math.max(machinery, 0);
  }

  List<StackTraceElement> frames() {
    return frames;
  }

  StackTraceElement top() {
    return frames.get(0);
  }

  /**
   * The innermost frame of the application; without any, that of the machinery, and without that
   * the top.
   */
  StackTraceElement caller() {
    return frames.get(caller);
  }

  boolean hasApplicationFrame() {
    return Origin.of(caller()) == Origin.APPLICATION;
  }

  /** The frames above the caller, which it has called. */
  List<StackTraceElement> calledByCaller() {
    return frames.subList(0, caller);
  }

  /** Whether the caller has called something of a type whose name begins like that. */
  boolean hasCalled(String type) {
    return calledByCaller().stream().anyMatch(frame -> frame.getClassName().startsWith(type));
  }

  /**
   * Whether Netty, or between the caller and the JDK some other machinery, has made the call: what
   * it does with channels is its own affair.
   */
  boolean isCalledThroughMachinery() {
    return caller().getClassName().startsWith("io.netty.")
        || calledByCaller().stream().anyMatch(frame -> Origin.of(frame) == Origin.MACHINERY);
  }

  /** Without the frames of Picot's machinery, and of the one that ran the test. */
  List<StackTraceElement> folded() {
    List<StackTraceElement> folded =
        frames.stream().filter(frame -> !Origin.isOurs(frame)).toList();
    return folded.isEmpty() ? frames : folded;
  }

  /** What the caller called; the caller itself if it is on top. */
  String call() {
    return describe(frames.get(Math.max(caller - 1, 0)));
  }

  /** The JVM loads classes and links lambdas: once, and on whichever thread comes first. */
  boolean isWarmUp() {
    for (StackTraceElement frame : frames) {
      String type = frame.getClassName();
      if (type.equals("java.lang.ClassLoader")
          || type.equals("java.lang.invoke.MethodHandleNatives")) {
        return true;
      }
    }
    return false;
  }

  /** The outermost frame of the application, where a piece of its work begins. */
  StackTraceElement outermostApplicationFrame() {
    for (int i = frames.size() - 1; i > caller; i--) {
      if (Origin.of(frames.get(i)) == Origin.APPLICATION) {
        return frames.get(i);
      }
    }
    return caller();
  }

  /** Whether the same line of the application, reached the same way, made the call. */
  boolean hasSameCallerAs(CallStack other) {
    List<StackTraceElement> mine = fromCallerOn();
    List<StackTraceElement> others = other.fromCallerOn();
    if (mine.size() != others.size()) {
      return false;
    }
    for (int i = 0; i < mine.size(); i++) {
      if (!isSameLine(mine.get(i), others.get(i))) {
        return false;
      }
    }
    return true;
  }

  /**
   * Whether the same line of the application, reached the same way, made the call, as far as the
   * innermost frames tell: who looks at a stack afterwards does not get all of a deep one.
   */
  boolean hasNearlySameCallerAs(CallStack other) {
    List<StackTraceElement> mine = fromCallerOn();
    List<StackTraceElement> others = other.fromCallerOn();
    int compared = Math.min(Math.min(mine.size(), others.size()), COMPARED);
    for (int i = 0; i < compared; i++) {
      if (!isSameLine(mine.get(i), others.get(i))) {
        return false;
      }
    }
    return compared > 0;
  }

  private static boolean isSameLine(StackTraceElement a, StackTraceElement b) {
    return a.getLineNumber() == b.getLineNumber() && isSameMethod(a, b);
  }

  /** Without the JDK, some of whose frames are hidden from exceptions. */
  private List<StackTraceElement> fromCallerOn() {
    return frames.subList(caller, frames.size()).stream()
        .filter(frame -> Origin.of(frame) != Origin.JDK)
        .toList();
  }

  static boolean isSameMethod(StackTraceElement a, StackTraceElement b) {
    return a.getMethodName().equals(b.getMethodName()) && a.getClassName().equals(b.getClassName());
  }

  static String describe(StackTraceElement frame) {
    return frame.getClassName() + "." + declaredMethod(frame);
  }

  /** The method of a frame; for a lambda the method that contains it. */
  static String declaredMethod(StackTraceElement frame) {
    String name = frame.getMethodName();
    if (name.startsWith("lambda$")) {
      int end = name.indexOf('$', "lambda$".length());
      String declared = end < 0 ? name : name.substring("lambda$".length(), end);
      return switch (declared) {
        case "new" -> "<init>";
        case "static" -> "<clinit>";
        default -> declared;
      };
    }
    return name;
  }
}
