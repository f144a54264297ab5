/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import dev.picot.junit.Incident.Kind;
import dev.picot.junit.internal.flight.FlightLog;
import dev.picot.junit.internal.flight.FlightLog.Slice;
import dev.picot.junit.internal.flight.FlightLog.Wait;
import dev.picot.junit.internal.flight.FlightLog.Work;
import dev.picot.junit.internal.flight.FlightRecording;
import dev.picot.loop.LoopThread;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The third detector: at the end of a test it looks for waits of non-blocking threads among what
 * Flight Recorder has written down, and finds out by thread and time what ran there and for whom.
 *
 * <p>Where BlockHound is live it decides about the calls that it knows, because it has been told
 * what is allowed: then such a wait only adds to what BlockHound has reported.
 */
final class FlightDetector {
  /** A thread is looked at so often that it cannot have changed sides for longer. */
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(40);

  /**
   * A thread that must not block, or had not to.
   *
   * @param last when it was looked at last
   * @param slice the number of its slice then; 0 if it is no loop
   * @param since when it was first seen in that slice
   */
  private record Seen(Thread thread, Instant last, long slice, Instant since) {
    static Seen now(Thread thread, @Nullable Seen before) {
      long slice = LoopThread.sliceOf(thread);
      Instant now = Instant.now(); // not before that: the slice may have begun in between
      Instant since = before != null && before.slice == slice ? before.since : now;
      return new Seen(thread, now, slice, since);
    }

    /** Whether all that it does now is known to have begun before that. */
    boolean isInOneSliceSince(Instant time) {
      return slice == 0 || (slice == LoopThread.sliceOf(thread) && !since.isAfter(time));
    }
  }

  private final @Nullable FlightRecording recording;

  /** Held by who reads and tells, so that the next one is not done before all was told. */
  private final Object reading = new Object();

  private final boolean blockHoundIsLive;

  /** The non-blocking threads, by id. Guarded by this. */
  private final Map<Long, Seen> threads = new HashMap<>();

  FlightDetector(@Nullable FlightRecording recording, boolean blockHoundIsLive) {
    this.recording = recording;
    this.blockHoundIsLive = blockHoundIsLive;
  }

  /** A test begins while no other runs. */
  synchronized void begin() {
    threads.clear();
    if (recording != null) {
      recording.forget();
    }
  }

  /** These threads must not block now. */
  synchronized void saw(List<Thread> nonBlocking) {
    for (Thread thread : nonBlocking) {
      threads.compute(thread.getId(), (id, before) -> Seen.now(thread, before));
    }
  }

  /** A test ends: tells all tests that run of what has been recorded up to now. */
  void report() {
    synchronized (reading) { // and not this, for which the watchdog would have to wait
      if (recording != null && hasSeenThreads()) {
        report(recording.read());
      }
    }
  }

  private synchronized boolean hasSeenThreads() {
    return !threads.isEmpty();
  }

  synchronized void report(FlightLog log) {
    Map<Long, List<Work>> works = new HashMap<>();
    for (Work work : log.works()) {
      works.computeIfAbsent(work.thread(), thread -> new ArrayList<>()).add(work);
    }
    for (Wait wait : log.waits()) {
      Seen seen = threads.get(wait.thread());
      if (seen != null && !wait.start().isAfter(seen.last().plus(BETWEEN_LOOKS))) {
        List<Work> around =
            works.getOrDefault(wait.thread(), List.of()).stream()
                .filter(work -> work.covers(wait.start()))
                .toList();
        report(wait, seen, around);
      }
    }
  }

  private void report(Wait wait, Seen seen, List<Work> around) {
    CallStack stack = CallStack.of(wait.stack());
    // Without a stack the JVM has read a class file of its own accord.
    if (wait.stack().isEmpty() || stack.isWarmUp() || isMachinerysOwn(wait, stack)) {
      return;
    }
    Incident incident = incident(wait, stack, seen.thread(), around);
    boolean mayBeAllowed = blockHoundIsLive && isKnownToBlockHound(wait, stack);
    String worker = around.isEmpty() ? ofUnfinishedWork(seen, wait) : provenance(around);
    for (ObservedTest test : ObservedTest.running()) {
      boolean concerns =
          (worker == null || worker.equals(test.run().toString()))
              && !wait.start().isBefore(test.beganAt());
      if (concerns && (!mayBeAllowed || test.known(incident, stack).isPresent())) {
        test.report(incident, stack, worker == null && ObservedTest.running().size() > 1);
      }
    }
  }

  /** Work is recorded when it ends. A wait that is in none may be in what the thread does now. */
  private static @Nullable String ofUnfinishedWork(Seen seen, Wait wait) {
    TestRun now = TestRun.ofSince(seen.thread(), wait.start());
    return now == null || !seen.isInOneSliceSince(wait.start()) ? null : now.toString();
  }

  /** Waits for work, and what machinery does for itself, as far as it is not a sleep or a file. */
  private static boolean isMachinerysOwn(Wait wait, CallStack stack) {
    return switch (wait.cause()) {
      case SLEEP ->
          !stack.hasApplicationFrame() && IdleRules.isIdle(Thread.State.TIMED_WAITING, stack);
      case FILE, SOCKET -> stack.isCalledThroughMachinery();
      case MONITOR, PARK, WAIT -> !stack.hasApplicationFrame() || isIdle(stack);
    };
  }

  private static boolean isIdle(CallStack stack) {
    return IdleRules.isIdle(Thread.State.WAITING, stack);
  }

  private static boolean isKnownToBlockHound(Wait wait, CallStack stack) {
    return switch (wait.cause()) {
      case MONITOR -> false;
      case FILE -> stack.hasCalled("java.io.File") || stack.hasCalled("java.io.RandomAccessFile");
      case SOCKET -> stack.hasCalled("java.net.Socket");
      case WAIT -> stack.hasCalled("java.lang.Object"); // else for the initializer of a class
      case SLEEP, PARK -> true;
    };
  }

  private static Incident incident(Wait wait, CallStack stack, Thread thread, List<Work> around) {
    Optional<Slice> slice =
        around.stream().flatMap(work -> Optional.ofNullable(work.slice()).stream()).findFirst();
    boolean onLoop = thread instanceof LoopThread;
    return new Incident(
        thread.getName(),
        slice.map(Slice::callbackThread).orElse(unknownIf(onLoop && slice.isEmpty())),
        slice.map(Slice::step).orElse(unknownIf(onLoop && slice.isEmpty())),
        thread instanceof LoopThread owner ? owner.loop().group().name() : null,
        thread instanceof LoopThread owner ? owner.loop().name() : null,
        kind(wait),
        stack.calledByCaller().isEmpty() ? wait.what() : stack.call(),
        stack.caller(),
        wait.duration(),
        stack.folded(),
        Set.of(Incident.Detector.FLIGHT_RECORDER));
  }

  private static @Nullable String unknownIf(boolean unknown) {
    return unknown ? Incident.UNKNOWN : null;
  }

  private static Kind kind(Wait wait) {
    return switch (wait.cause()) {
      case MONITOR -> Kind.MONITOR;
      case SLEEP -> Kind.SLEEP;
      case PARK, WAIT -> Kind.PARKED;
      case FILE -> Kind.FILE;
      case SOCKET -> Kind.SOCKET;
    };
  }

  /** For whom the innermost piece of work was done that says so. */
  private static @Nullable String provenance(List<Work> around) {
    return around.stream()
        .filter(work -> work.provenance() != null)
        .max(Comparator.comparing(Work::start))
        .map(Work::provenance)
        .orElse(null);
  }
}
