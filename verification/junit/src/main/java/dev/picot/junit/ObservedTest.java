/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
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

  private final String name;
  private final Rules rules;
  private final long began = System.nanoTime();
  private final Map<Finding.Key, Finding> findings = new ConcurrentHashMap<>();

  /** How often each allowance was used. Any thread. */
  private final AtomicIntegerArray uses;

  ObservedTest(String name, Rules rules) {
    this.name = name;
    this.rules = rules;
    this.uses = new AtomicIntegerArray(rules.allowances().size());
  }

  static ObservedTest begin(String name, Rules rules) {
    ObservedTest test = new ObservedTest(name, rules);
    RUNNING.add(test);
    return test;
  }

  void end() {
    RUNNING.remove(this);
  }

  static List<ObservedTest> running() {
    return RUNNING;
  }

  String name() {
    return name;
  }

  long began() {
    return began;
  }

  Duration stallAfter() {
    return rules.stallAfter();
  }

  /**
   * Takes an incident down unless it is allowed.
   *
   * @param shared whether other tests run that may have caused it
   * @return what was taken down; null if it is allowed
   */
  @Nullable Finding report(Incident incident, CallStack stack, boolean shared) {
    Allowance exceeded = null;
    for (int i = 0; i < uses.length(); i++) {
      Allowance allowance = rules.allowances().get(i);
      if (allowance.covers(stack)) {
        int atMost = allowance.atMost();
        if (uses.getAndUpdate(i, used -> used < atMost ? used + 1 : used) < atMost) {
          return null;
        }
        exceeded = allowance;
      }
    }
    Finding.Key key = Finding.Key.of(incident);
    Finding finding = findings.get(key);
    if (finding == null) {
      Finding fresh = new Finding(incident, exceeded);
      Finding earlier = findings.putIfAbsent(key, fresh);
      finding = earlier == null ? fresh : earlier;
    }
    finding.happened(shared);
    return finding;
  }

  /** What was found, in the order in which it was. */
  List<Finding> findings() {
    List<Finding> sorted = new ArrayList<>(findings.values());
    sorted.sort(Comparator.comparingLong(Finding::order));
    return sorted;
  }
}
