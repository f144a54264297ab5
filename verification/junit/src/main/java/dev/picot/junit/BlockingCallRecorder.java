/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import dev.picot.internal.BlockingCalls;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The first detector's end: takes down the blocking calls that BlockHound sees while a test is
 * observed, on the thread that is about to block.
 */
final class BlockingCallRecorder implements BlockingCalls.Receiver {
  /** The latest call of one thread, which may still be going on. */
  record OpenCall(CallStack stack, long began, List<Finding> findings) {
    void isStillGoingOn(long now) {
      findings.forEach(finding -> finding.lasted(now - began));
    }
  }

  /** By thread id. Put by the thread itself, removed by the watchdog. */
  private final Map<Long, OpenCall> openCalls = new ConcurrentHashMap<>();

  /** Set while a thread takes a call down: what that itself calls does not count. */
  private final ThreadLocal<Boolean> recording = new ThreadLocal<>();

  @Override
  public BlockingCalls.Verdict receive(String call) {
    if (ObservedTest.running().isEmpty()) {
      return BlockingCalls.Verdict.PASS;
    }
    if (recording.get() == null) {
      recording.set(true);
      try {
        TestRun worker = TestRun.current();
        record(
            call,
            ObservedTest.running().stream().filter(test -> test.isConcernedBy(worker)).toList(),
            ObservedTest.isShared(worker));
      } finally {
        recording.remove();
      }
    }
    return BlockingCalls.Verdict.GO_ON;
  }

  /** Loads what {@link #receive} needs while nobody is in a hurry. */
  void warmUp() {
    ObservedTest nobody =
        new ObservedTest(new TestRun("warm-up"), new Rules(Duration.ofMillis(1), List.of()));
    record("java.lang.Thread.yield", List.of(nobody), false);
    openCalls.clear();
  }

  private void record(String call, List<ObservedTest> tests, boolean shared) {
    Thread thread = Thread.currentThread();
    CallStack stack = CallStack.ofBlockedCall();
    Incident incident =
        Incident.on(thread, stack, kindOf(call), stack.call(), Incident.Detector.BLOCKHOUND);
    List<Finding> findings =
        tests.stream().map(test -> test.report(incident, stack, shared)).toList();
    openCalls.put(thread.getId(), new OpenCall(stack, System.nanoTime(), findings));
  }

  private static Incident.Kind kindOf(String call) {
    int dot = call.lastIndexOf('.');
    return Objects.requireNonNullElse(
        Incident.Kind.of(call.substring(0, dot), call.substring(dot + 1)), Incident.Kind.NATIVE_IO);
  }

  /** The call that a thread with this stack is in, if BlockHound saw it. */
  @Nullable OpenCall openCall(long threadId, CallStack stack) {
    OpenCall call = openCalls.get(threadId);
    return call != null && call.stack.hasSameCallerAs(stack) ? call : null;
  }

  /** Forgets the earlier calls of all threads but these: they have returned. */
  void forgetOthers(Set<Long> busyThreads, long now) {
    openCalls
        .entrySet()
        .removeIf(
            entry -> !busyThreads.contains(entry.getKey()) && entry.getValue().began - now < 0);
  }
}
