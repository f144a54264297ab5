/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import dev.picot.CallbackThread;
import dev.picot.loop.Loop;
import dev.picot.loop.LoopThread;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One report of a non-blocking thread that was blocked, whichever detectors saw it.
 *
 * <p>What only Flight Recorder saw is told of afterwards; then callback thread and step are those
 * of the slice that ran at that time, and {@value #UNKNOWN} where no slice is known.
 *
 * @param thread the name of the thread
 * @param callbackThread the name of the callback thread that ran on it; null if none did
 * @param step the names of the tasks that it was in, as in {@code order > price}; null if there is
 *     no callback thread or its tasks have no names
 * @param scheduler the name of the scheduler of the loop; null if the thread owned none
 * @param loop the name of the loop; null if the thread owned none
 * @param kind what kept the thread
 * @param call what the caller called, as in {@code java.lang.Thread.sleep}
 * @param caller the innermost frame of the application
 * @param duration how long it took, as far as was seen; null if it was too short to tell
 * @param stack the stack of the thread without frames of Picot's, innermost frame first
 * @param detectors who saw it
 * @since 0.1
 */
public record Incident(
    String thread,
    @Nullable String callbackThread,
    @Nullable String step,
    @Nullable String scheduler,
    @Nullable String loop,
    Kind kind,
    String call,
    StackTraceElement caller,
    @Nullable Duration duration,
    List<StackTraceElement> stack,
    Set<Detector> detectors) {
  /** Stands for a callback thread or step that ran, and that nobody can name. */
  public static final String UNKNOWN = "unknown";

  /** What kept a thread. */
  public enum Kind {
    /** It waited to enter a {@code synchronized} block or method. */
    MONITOR,
    /** It slept. */
    SLEEP,
    /** It waited for another thread: for a lock, a future, a queue. */
    PARKED,
    /** It read or wrote a file. */
    FILE,
    /** It waited for a socket. */
    SOCKET,
    /** It waited for a name service. */
    NAME_SERVICE,
    /** It was in another native call that waits, such as one that starts a process. */
    NATIVE_IO,
    /** It computed, or spun. */
    CPU;

    private static final List<String> FILES =
        List.of(
            "java.io.File",
            "java.io.RandomAccessFile",
            "java.nio.file.",
            "sun.nio.fs.",
            "sun.nio.ch.FileChannel",
            "sun.nio.ch.UnixFile");

    /** Those that have nothing to do with files, which some of the same package have. */
    private static final List<String> SOCKETS =
        List.of(
            "java.net.",
            "sun.nio.ch.Net",
            "sun.nio.ch.NioSocket",
            "sun.nio.ch.Socket",
            "sun.nio.ch.ServerSocket",
            "sun.nio.ch.Datagram",
            "sun.nio.ch.Selector",
            "sun.nio.ch.EPoll",
            "sun.nio.ch.KQueue",
            "sun.nio.ch.WEPoll");

    /** What a stack tells, from the top to the caller; null if it tells nothing. */
    static @Nullable Kind of(CallStack stack) {
      for (StackTraceElement frame : stack.calledByCaller()) {
        Kind kind = of(frame.getClassName(), frame.getMethodName());
        if (kind != null) {
          return kind;
        }
      }
      return null;
    }

    /** What a method of the JDK does; null if it is not known to block. */
    static @Nullable Kind of(String type, String method) {
      if (type.equals("java.lang.Thread")) {
        return method.startsWith("sleep")
            ? SLEEP
            : method.startsWith("yield") || method.equals("onSpinWait") ? CPU : null;
      }
      if (method.equals("park") || (type.equals("java.lang.Object") && method.startsWith("wait"))) {
        return PARKED;
      }
      if (isOneOf(type, FILES)) {
        return FILE;
      }
      if (type.startsWith("java.net.Inet")) {
        return NAME_SERVICE;
      }
      return isOneOf(type, SOCKETS) ? SOCKET : null;
    }

    private static boolean isOneOf(String type, List<String> prefixes) {
      for (String prefix : prefixes) {
        if (type.startsWith(prefix)) {
          return true;
        }
      }
      return false;
    }
  }

  /** Who sees that a thread is blocked. */
  public enum Detector {
    /** BlockHound, which sees each call of the methods that it knows. */
    BLOCKHOUND("BlockHound"),
    /** Java Flight Recorder, which sees waits that are over. */
    FLIGHT_RECORDER("Flight Recorder"),
    /** The watchdog, which sees what takes long while it does. */
    WATCHDOG("the watchdog");

    private final String text;

    Detector(String text) {
      this.text = text;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /**
   * Copies the stack and the detectors, and checks that what must be there is.
   *
   * @param thread see above, as the others
   * @param callbackThread may be null
   * @param step may be null
   * @param scheduler may be null
   * @param loop may be null
   * @param kind not null
   * @param call not null
   * @param caller not null
   * @param duration may be null
   * @param stack not null
   * @param detectors not null
   * @throws NullPointerException if a component is null that may not be
   */
  public Incident {
    Objects.requireNonNull(thread, "thread");
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(call, "call");
    Objects.requireNonNull(caller, "caller");
    stack = List.copyOf(stack);
    detectors = Set.copyOf(detectors);
  }

  /** An incident on a thread that is still in it. */
  static Incident on(Thread thread, CallStack stack, Kind kind, String call, Detector detector) {
    CallbackThread<?> running =
        LoopThread.taskOf(thread) instanceof CallbackThread<?> found ? found : null;
    Loop loop = thread instanceof LoopThread owner ? owner.loop() : null;
    return new Incident(
        thread.getName(),
        running == null ? null : running.name(),
        running == null ? null : running.path().orElse(null),
        loop == null ? null : loop.group().name(),
        loop == null ? null : loop.name(),
        kind,
        call,
        stack.caller(),
        null,
        stack.folded(),
        Set.of(detector));
  }

  /** This incident, now known to have taken so long. */
  Incident lasting(Duration duration) {
    return new Incident(
        thread,
        callbackThread,
        step,
        scheduler,
        loop,
        kind,
        call,
        caller,
        duration,
        stack,
        detectors);
  }

  /** The same happening, as another detector saw it as well. */
  Incident alsoSeenAs(Incident other) {
    Set<Detector> both = EnumSet.copyOf(detectors);
    return both.addAll(other.detectors)
        ? new Incident(
            thread,
            better(callbackThread, other.callbackThread),
            better(step, other.step),
            better(scheduler, other.scheduler),
            better(loop, other.loop),
            kind,
            call,
            caller,
            duration,
            stack,
            both)
        : this;
  }

  private static @Nullable String better(@Nullable String mine, @Nullable String other) {
    return mine == null || mine.equals(UNKNOWN) ? other : mine;
  }

  /** {@return what to do about it, as a sentence} */
  public String remedy() {
    String cure =
        switch (kind) {
          case CPU -> "Split the work, or move it to a thread that has nobody else to serve";
          case MONITOR, SLEEP, PARKED, FILE, SOCKET, NAME_SERVICE, NATIVE_IO ->
              callbackThread == null
                  ? "Move the call to a thread that may block, as in"
                      + " Mono.fromCallable(...).subscribeOn(Schedulers.boundedElastic())"
                  : "Move the call to the elastic pool with Task.blocking(...)";
        };
    return cure
        + ". If it is harmless: @AllowBlocking(reason = \"...\", within = \""
        + CallStack.describe(caller)
        + "\").";
  }

  /**
   * {@return one line that names the thread, the callback thread and step if there are, the call,
   * the duration if known, and the caller}
   */
  @Override
  public String toString() {
    StringBuilder line = new StringBuilder();
    if (callbackThread != null) {
      line.append("callback thread '").append(callbackThread).append('\'');
      if (step != null) {
        line.append(", step '").append(step).append('\'');
      }
      line.append(", on ");
    }
    line.append(thread).append(": ").append(call).append(" (").append(kind);
    if (duration != null) {
      line.append(", ").append(duration.toMillis()).append(" ms");
    }
    return line.append("), called by ").append(caller).toString();
  }
}
