/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One piece of work of one thread for as long as it holds the thread, as far as samples tell.
 *
 * <p>Owned by the {@link Watchdog}.
 */
final class Episode {
  private final Map<Incident.Kind, Long> nanos = new EnumMap<>(Incident.Kind.class);
  private final Map<Incident.Kind, Sample> examples = new EnumMap<>(Incident.Kind.class);

  /** The tests it was reported to, and where. */
  private final Map<ObservedTest, Finding> reports = new HashMap<>();

  /** Whom it is done for; null if that is not known. */
  private final @Nullable TestRun worker;

  /** Which task or slice it is; null if that is not known. */
  private final @Nullable Object work;

  private Sample latest;

  /** Whether the latest sample shows a call that BlockHound has seen. */
  private boolean seenByBlockHound;

  /** When it was first reported; undefined before. */
  private long firstReport;

  Episode(Sample first, boolean seenByBlockHound) {
    this.latest = first;
    this.worker = TestRun.of(first.thread());
    this.work = TestRun.workOf(first.thread());
    this.seenByBlockHound = seenByBlockHound;
  }

  /**
   * Whether a later sample of the thread, with no idle one between, shows the same piece of work:
   * one that began in the same method of the application, in the same task or slice. Without a
   * frame of the application nothing but the very same stack will do.
   */
  boolean continuesWith(Sample next) {
    if (!Objects.equals(work, TestRun.workOf(next.thread()))) {
      return false;
    }
    CallStack before = latest.stack();
    CallStack after = next.stack();
    if (before.hasApplicationFrame() && after.hasApplicationFrame()) {
      return CallStack.isSameMethod(
          before.outermostApplicationFrame(), after.outermostApplicationFrame());
    }
    return sameMethods(before.frames(), after.frames());
  }

  private static boolean sameMethods(List<StackTraceElement> a, List<StackTraceElement> b) {
    if (a.size() != b.size()) {
      return false;
    }
    for (int i = 0; i < a.size(); i++) {
      if (!CallStack.isSameMethod(a.get(i), b.get(i))) {
        return false;
      }
    }
    return true;
  }

  /** The work goes on; the time since the latest sample counts unless BlockHound has seen why. */
  void grow(Sample next, long elapsed, boolean seenByBlockHound) {
    Incident.Kind kind = seenByBlockHound ? null : kindOf(next, elapsed);
    if (kind != null) {
      nanos.merge(kind, elapsed, Long::sum);
      examples.put(kind, next);
    }
    this.latest = next;
    this.seenByBlockHound = seenByBlockHound;
  }

  /** What kept the thread; null if nothing did that the application could help. */
  private Incident.@Nullable Kind kindOf(Sample sample, long elapsed) {
    return switch (sample.state()) {
      case BLOCKED -> Incident.Kind.MONITOR;
      case WAITING, TIMED_WAITING ->
          Incident.Kind.of(sample.stack()) == Incident.Kind.SLEEP
              ? Incident.Kind.SLEEP
              : Incident.Kind.PARKED;
      default -> kindOfRunning(sample, elapsed);
    };
  }

  private Incident.@Nullable Kind kindOfRunning(Sample sample, long elapsed) {
    CallStack stack = sample.stack();
    if (stack.isWarmUp()) {
      return null;
    }
    boolean inNative = stack.top().isNativeMethod();
    boolean computes =
        sample.cpuNanos() < 0 ? !inNative : sample.cpuNanos() - latest.cpuNanos() >= elapsed / 2;
    if (computes) {
      return stack.hasApplicationFrame() ? Incident.Kind.CPU : null;
    }
    // Neither computing nor in one native call: it got no processor.
    boolean stays = inNative && CallStack.isSameMethod(stack.top(), latest.stack().top());
    return stays
        ? Objects.requireNonNullElse(Incident.Kind.of(stack), Incident.Kind.NATIVE_IO)
        : null;
  }

  long nanos() {
    long sum = 0;
    for (long part : nanos.values()) {
      sum += part;
    }
    return sum;
  }

  /** Tells a test, if it is long enough for it and neither an earlier test's nor another's. */
  void reportTo(ObservedTest test) {
    if (nanos() < test.stallAfter().toNanos() || !test.isConcernedBy(worker)) {
      return;
    }
    if (!reports.containsKey(test)) {
      if (isOfEarlierTest(test)) {
        return;
      }
      if (reports.isEmpty()) {
        firstReport = System.nanoTime();
      }
      Sample example = example();
      reports.put(
          test, test.report(incident(example), example.stack(), ObservedTest.isShared(worker)));
    }
    reports.get(test).lasted(nanos());
  }

  /** Whether the test needs not wait for what becomes of it. */
  boolean isSettledFor(ObservedTest test) {
    return seenByBlockHound
        || reports.containsKey(test)
        || isOfEarlierTest(test)
        || !test.isConcernedBy(worker);
  }

  private boolean isOfEarlierTest(ObservedTest test) {
    return !reports.isEmpty() && firstReport - test.began() < 0;
  }

  /** A sample of what took most of the time. */
  private Sample example() {
    return Objects.requireNonNull(examples.get(kind()));
  }

  private Incident.Kind kind() {
    return nanos.entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow().getKey();
  }

  private Incident incident(Sample example) {
    Incident.Kind kind = kind();
    String call =
        kind == Incident.Kind.MONITOR
            ? "synchronized (" + example.lock() + ")"
            : example.stack().call();
    return Incident.on(example.thread(), example.stack(), kind, call, Incident.Detector.WATCHDOG);
  }
}
