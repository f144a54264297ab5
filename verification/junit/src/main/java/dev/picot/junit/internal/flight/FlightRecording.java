/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit.internal.flight;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.jspecify.annotations.Nullable;

/**
 * The one recording of this process, which begins with the first observed test and never ends.
 *
 * <p>It is read at the end of a test, from a copy, because a copy is complete at once: a stream
 * would have to be waited for, about a second each time.
 */
public final class FlightRecording {
  private static final System.Logger LOG = System.getLogger("dev.picot.junit");

  /** What is longer is a wait; sleeps and files are at any length, they are made on purpose. */
  private static final Duration LONG_WAIT = Duration.ofMillis(10);

  /** What is shorter has hardly waited for anything. */
  private static final Duration SHORTEST_WORK = Duration.ofNanos(20_000);

  private static final Map<String, Duration> WAITS =
      Map.ofEntries(
          Map.entry("jdk.JavaMonitorEnter", LONG_WAIT),
          Map.entry("jdk.JavaMonitorWait", LONG_WAIT),
          Map.entry("jdk.ThreadPark", LONG_WAIT),
          Map.entry("jdk.ThreadSleep", Duration.ZERO),
          Map.entry("jdk.FileRead", Duration.ZERO),
          Map.entry("jdk.FileWrite", Duration.ZERO),
          Map.entry("jdk.FileForce", Duration.ZERO),
          Map.entry("jdk.SocketRead", LONG_WAIT),
          Map.entry("jdk.SocketWrite", LONG_WAIT));

  /** More than a test leaves behind; older events go first. */
  private static final long MOST_BYTES = 256L << 20;

  /** Null if there is no Flight Recorder, or it does not work. */
  private static final @Nullable FlightRecording RUNNING = isPresent() ? begun() : null;

  private final Recording recording;
  private final Path copy;

  /** What was recorded before this has been read. Guarded by this. */
  private Instant readUntil;

  private FlightRecording(Recording recording, Path copy) {
    this.recording = recording;
    this.copy = copy;
    this.readUntil = Instant.now();
  }

  private static boolean isPresent() {
    try {
      Class.forName("jdk.jfr.Recording", false, FlightRecording.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException | LinkageError e) {
      return false;
    }
  }

  private static @Nullable FlightRecording begun() {
    try {
      Path copy = Files.createTempFile("picot-junit", ".jfr");
      copy.toFile().deleteOnExit();
      Recording recording = new Recording();
      recording.setName("picot-junit");
      recording.setToDisk(true);
      recording.setMaxSize(MOST_BYTES);
      WAITS.forEach(
          (event, threshold) -> recording.enable(event).withThreshold(threshold).withStackTrace());
      recording.enable(FlightReader.SLICE).withThreshold(SHORTEST_WORK);
      recording.enable(WorkEvent.NAME).withThreshold(SHORTEST_WORK);
      recording.start();
      return new FlightRecording(recording, copy);
    } catch (IOException | RuntimeException e) {
      LOG.log(System.Logger.Level.WARNING, "Flight Recorder cannot be used", e);
      return null;
    }
  }

  /** {@return the recording; empty if this JVM cannot record} The first call begins it. */
  public static Optional<FlightRecording> running() {
    return Optional.ofNullable(RUNNING);
  }

  /** Forgets what has been recorded so far. */
  public synchronized void forget() {
    readUntil = Instant.now();
  }

  /** {@return what was recorded since it was last read, up to now} */
  public synchronized FlightLog read() {
    try (Recording stopped = recording.copy(true)) {
      Instant from = readUntil;
      Instant until = stopped.getStopTime(); // what ends later is in the next copy
      FlightLog log = new FlightLog(List.of(), List.of());
      try (InputStream chunks = stopped.getStream(from, null)) {
        if (chunks != null) {
          Files.copy(chunks, copy, StandardCopyOption.REPLACE_EXISTING);
          try (RecordingFile events = new RecordingFile(copy)) {
            log = FlightReader.read(events, from);
          }
        }
      }
      readUntil = until;
      return log;
    } catch (IOException | RuntimeException e) {
      LOG.log(System.Logger.Level.WARNING, "Flight Recorder cannot be read", e);
      return new FlightLog(List.of(), List.of());
    }
  }

  /**
   * Runs a task, and records that it ran for somebody.
   *
   * @param task what to run
   * @param provenance for whom
   */
  public static void record(Runnable task, Object provenance) {
    if (RUNNING == null) {
      task.run();
      return;
    }
    WorkEvent event = new WorkEvent();
    event.begin();
    try {
      task.run();
    } finally {
      event.end();
      if (event.shouldCommit()) {
        event.provenance = provenance.toString();
        event.commit();
      }
    }
  }
}
