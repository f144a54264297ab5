/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit.internal.flight;

import dev.picot.junit.internal.flight.FlightLog.Cause;
import dev.picot.junit.internal.flight.FlightLog.Slice;
import dev.picot.junit.internal.flight.FlightLog.Wait;
import dev.picot.junit.internal.flight.FlightLog.Work;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import jdk.jfr.consumer.RecordedClass;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordedThread;
import jdk.jfr.consumer.RecordingFile;
import org.jspecify.annotations.Nullable;

/** Reads events. Touched only where Flight Recorder is there. */
final class FlightReader {
  static final String SLICE = "dev.picot.Slice";

  /** As {@link StackTraceElement} has it. */
  private static final int NATIVE = -2;

  private FlightReader() {}

  /** All that ended after a moment: older ones, of the same file, have been read before. */
  static FlightLog read(RecordingFile events, Instant after) throws IOException {
    List<Wait> waits = new ArrayList<>();
    List<Work> works = new ArrayList<>();
    while (events.hasMoreEvents()) {
      RecordedEvent event = events.readEvent();
      if (event.getEndTime().isBefore(after)) {
        continue;
      }
      switch (event.getEventType().getName()) {
        case SLICE -> works.add(work(event, slice(event)));
        case WorkEvent.NAME -> works.add(work(event, null));
        case "jdk.JavaMonitorEnter" -> add(Cause.MONITOR, monitor(event), event, waits);
        case "jdk.JavaMonitorWait" -> add(Cause.WAIT, "java.lang.Object.wait", event, waits);
        case "jdk.ThreadPark" ->
            add(Cause.PARK, "java.util.concurrent.locks.LockSupport.park", event, waits);
        case "jdk.ThreadSleep" -> add(Cause.SLEEP, "java.lang.Thread.sleep", event, waits);
        case "jdk.FileRead" -> {
          if (!event.getBoolean("endOfFile")) { // a look that finds nothing belongs to the read
            add(Cause.FILE, "read of " + file(event), event, waits);
          }
        }
        case "jdk.FileWrite" -> add(Cause.FILE, "write to " + file(event), event, waits);
        case "jdk.FileForce" -> add(Cause.FILE, "force of " + file(event), event, waits);
        case "jdk.SocketRead" -> add(Cause.SOCKET, "read from a socket", event, waits);
        case "jdk.SocketWrite" -> add(Cause.SOCKET, "write to a socket", event, waits);
        default -> {} // of somebody else's recording
      }
    }
    return new FlightLog(waits, works);
  }

  private static void add(Cause cause, String what, RecordedEvent event, List<Wait> waits) {
    long thread = thread(event);
    if (thread >= 0) {
      waits.add(
          new Wait(
              thread,
              cause,
              event.getStartTime(),
              event.getDuration(),
              what,
              stack(event.getStackTrace())));
    }
  }

  private static long thread(RecordedEvent event) {
    RecordedThread thread = event.getThread();
    return thread == null ? -1 : thread.getJavaThreadId();
  }

  private static Work work(RecordedEvent event, @Nullable Slice slice) {
    return new Work(
        thread(event),
        event.getStartTime(),
        event.getEndTime(),
        event.getString("provenance"),
        slice);
  }

  private static Slice slice(RecordedEvent event) {
    return new Slice(
        event.getString("scheduler"),
        event.getString("loop"),
        nullIfEmpty(event.getString("callbackThread")),
        nullIfEmpty(event.getString("step")));
  }

  private static @Nullable String nullIfEmpty(@Nullable String text) {
    return text == null || text.isEmpty() ? null : text;
  }

  private static String monitor(RecordedEvent event) {
    RecordedClass type = event.getClass("monitorClass");
    RecordedThread owner = event.getThread("previousOwner");
    return "synchronized ("
        + (type == null ? "an object" : type.getName())
        + (owner == null ? "" : ", held by thread '" + owner.getJavaName() + "'")
        + ")";
  }

  private static String file(RecordedEvent event) {
    String path = event.getString("path");
    return path == null ? "a file" : path;
  }

  private static List<StackTraceElement> stack(@Nullable RecordedStackTrace stack) {
    List<StackTraceElement> frames = new ArrayList<>();
    if (stack != null) {
      for (RecordedFrame frame : stack.getFrames()) {
        if (frame.isJavaFrame() && !frame.getMethod().isHidden()) {
          frames.add(frame(frame));
        }
      }
    }
    return frames;
  }

  private static StackTraceElement frame(RecordedFrame frame) {
    String type = frame.getMethod().getType().getName();
    boolean isNative = "Native".equals(frame.getType());
    return new StackTraceElement(
        type, frame.getMethod().getName(), file(type), isNative ? NATIVE : frame.getLineNumber());
  }

  /** Events do not tell the file: it has the name of the outermost class, nearly always. */
  private static String file(String type) {
    String outermost = type.substring(type.lastIndexOf('.') + 1);
    int dollar = outermost.indexOf('$', 1);
    return (dollar < 0 ? outermost : outermost.substring(0, dollar)) + ".java";
  }
}
