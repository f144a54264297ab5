/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import dev.picot.CallbackThread;
import dev.picot.loop.LoopThread;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One report of a non-blocking thread that was blocked.
 *
 * @param thread the name of the thread
 * @param callbackThread the name of the callback thread that ran on it; null if none did
 * @param step the names of the tasks that it was in, as in {@code order > price}; null if there is
 *     no callback thread or its tasks have no names
 * @param kind what kept the thread
 * @param call what the caller called, as in {@code java.lang.Thread.sleep}
 * @param caller the innermost frame of the application
 * @param duration how long it took, as far as was seen; null if it was too short to tell
 * @param stack the stack of the thread, innermost frame first
 * @since 0.1
 */
public record Incident(
    String thread,
    @Nullable String callbackThread,
    @Nullable String step,
    Kind kind,
    String call,
    StackTraceElement caller,
    @Nullable Duration duration,
    List<StackTraceElement> stack) {

  /** What kept a thread. */
  public enum Kind {
    /** It waited to enter a {@code synchronized} block or method. */
    MONITOR,
    /** It slept, or waited for another thread. */
    PARKED,
    /** It was in a native call that waits: a file, a socket, a process, a name service. */
    NATIVE_IO,
    /** It computed, or spun. */
    CPU
  }

  /**
   * Copies the stack and checks that what must be there is.
   *
   * @param thread see above, as the others
   * @param callbackThread may be null
   * @param step may be null
   * @param kind not null
   * @param call not null
   * @param caller not null
   * @param duration may be null
   * @param stack not null
   * @throws NullPointerException if a component is null that may not be
   */
  public Incident {
    Objects.requireNonNull(thread, "thread");
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(call, "call");
    Objects.requireNonNull(caller, "caller");
    stack = List.copyOf(stack);
  }

  /** An incident on a thread that is still in it. */
  static Incident on(Thread thread, CallStack stack, Kind kind, String call) {
    CallbackThread<?> running =
        LoopThread.taskOf(thread) instanceof CallbackThread<?> found ? found : null;
    return new Incident(
        thread.getName(),
        running == null ? null : running.name(),
        running == null ? null : running.path().orElse(null),
        kind,
        call,
        stack.caller(),
        null,
        stack.frames());
  }

  /** This incident, now known to have taken so long. */
  Incident lasting(Duration duration) {
    return new Incident(thread, callbackThread, step, kind, call, caller, duration, stack);
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
