/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jspecify.annotations.Nullable;

/**
 * A test under {@link NoBlocking} while it runs, and what was found.
 *
 * <p>{@link #report} is called on the threads that block, so it takes no lock that anybody holds
 * for long.
 */
final class ObservedTest {
  private static final List<ObservedTest> RUNNING = new CopyOnWriteArrayList<>();

  private final TestRun run;
  private final Rules rules;
  private final long began = System.nanoTime();
  private final Instant beganAt = Instant.now();
  private final Map<Finding.Key, Finding> findings = new ConcurrentHashMap<>();

  /** How often each allowance was used. Any thread. */
  private final AtomicIntegerArray uses;

  ObservedTest(TestRun run, Rules rules) {
    this.run = run;
    this.rules = rules;
    this.uses = new AtomicIntegerArray(rules.allowances().size());
  }

  static ObservedTest begin(TestRun run, Rules rules) {
    ObservedTest test = new ObservedTest(run, rules);
    RUNNING.add(test);
    return test;
  }

  void end() {
    RUNNING.remove(this);
  }

  static List<ObservedTest> running() {
    return RUNNING;
  }

  /**
   * Whether something that was done for a test, or nobody knows for which, may be an incident of
   * this one.
   */
  boolean isConcernedBy(@Nullable TestRun worker) {
    return worker == null || worker == run;
  }

  /** Whether an incident of this test may be another's as well. */
  static boolean isShared(@Nullable TestRun worker) {
    return worker == null && RUNNING.size() > 1;
  }

  String name() {
    return run.name();
  }

  TestRun run() {
    return run;
  }

  long began() {
    return began;
  }

  Instant beganAt() {
    return beganAt;
  }

  Duration stallAfter() {
    return rules.stallAfter();
  }

  /**
   * Takes down what a detector saw; it is an incident unless it is allowed, or was seen already.
   *
   * @param shared whether other tests run that may have caused it
   * @return where it was taken down
   */
  Finding report(Incident incident, CallStack stack, boolean shared) {
    Finding.Key key = Finding.Key.of(incident);
    Finding finding =
        Optional.ofNullable(findings.get(key))
            .or(() -> known(incident, stack))
            .orElseGet(() -> findings.computeIfAbsent(key, absent -> new Finding(incident, stack)));
    if (finding.seenAs(incident)) {
      judge(finding, stack, shared);
    }
    return finding;
  }

  /** What another detector has seen at the same place; of one that has seen more, if any. */
  Optional<Finding> known(Incident incident, CallStack stack) {
    return findings.values().stream()
        .filter(finding -> finding.isOf(incident, stack))
        .min(Comparator.comparingLong(Finding::order));
  }

  private void judge(Finding finding, CallStack stack, boolean shared) {
    Allowance exceeded = null;
    for (int i = 0; i < uses.length(); i++) {
      Allowance allowance = rules.allowances().get(i);
      if (allowance.covers(stack)) {
        int atMost = allowance.atMost();
        if (uses.getAndUpdate(i, used -> used < atMost ? used + 1 : used) < atMost) {
          return;
        }
        exceeded = allowance;
      }
    }
    finding.isIncident(shared, exceeded);
  }

  /** The incidents, in the order in which they were found. */
  List<Finding> findings() {
    List<Finding> sorted = new ArrayList<>(findings.values());
    sorted.removeIf(finding -> finding.times() == 0);
    sorted.sort(Comparator.comparingLong(Finding::order));
    return sorted;
  }
}
