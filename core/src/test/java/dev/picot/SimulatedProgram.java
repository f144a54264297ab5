/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A random task as a tree, of which a {@link SimulatedRun} makes a task and a {@link
 * SimulatedModel} what that may do.
 *
 * @param kind what it is
 * @param label tells it from the others
 * @param n how many milliseconds, or how often
 * @param parts what it is made from
 */
record SimulatedProgram(Kind kind, int label, int n, List<SimulatedProgram> parts) {
  enum Kind {
    STEP(0),
    FAIL(0),
    SLEEP(0),
    YIELD(0),
    HOP(0),
    AWAIT(0),
    ASYNC(0),
    MAP(1),
    FINALLY(1),
    TIMEOUT(1),
    UNCANCELLABLE(1),
    NAMED(1),
    FOR(1),
    WHILE(1),
    ITERATE(1),
    RETRY(1),
    THEN(2),
    RESUME(2),
    FORK_JOIN(2),
    ZIP(2),
    ALL(3),
    FIRST(2),
    FIRST_SUCCESS(2),
    USING(3),
    STREAM(1),

    MAILBOX(2),

    /** What the callback thread of a stream does, and those at a mailbox; not part of others. */
    EMIT(1),
    PRODUCE(1),
    CONSUME(1);

    private static final List<Kind> LEAVES =
        List.of(STEP, STEP, STEP, FAIL, SLEEP, SLEEP, YIELD, HOP, AWAIT, ASYNC);
    private static final List<Kind> OTHERS =
        List.of(
            MAP,
            FINALLY,
            FINALLY,
            TIMEOUT,
            TIMEOUT,
            UNCANCELLABLE,
            NAMED,
            FOR,
            WHILE,
            ITERATE,
            RETRY,
            THEN,
            THEN,
            THEN,
            THEN,
            RESUME,
            FORK_JOIN,
            ZIP,
            ALL,
            FIRST,
            FIRST_SUCCESS,
            USING,
            USING,
            USING,
            STREAM,
            STREAM,
            MAILBOX,
            MAILBOX);

    private final int arity;

    Kind(int arity) {
      this.arity = arity;
    }
  }

  static SimulatedProgram leaf(Kind kind, int label, int n) {
    return new SimulatedProgram(kind, label, n, List.of());
  }

  static SimulatedProgram random(Random random, int depth) {
    return random(random, depth, new int[1]);
  }

  private static SimulatedProgram random(Random random, int depth, int[] labels) {
    List<Kind> kinds = depth == 0 || random.nextInt(8) == 0 ? Kind.LEAVES : Kind.OTHERS;
    Kind kind = kinds.get(random.nextInt(kinds.size()));
    List<SimulatedProgram> parts = new ArrayList<>();
    for (int i = 0; i < kind.arity; i++) {
      parts.add(random(random, depth - 1, labels));
    }
    return new SimulatedProgram(kind, labels[0]++, random.nextInt(4), parts);
  }

  /** What one of the callback threads does that make up this one. */
  SimulatedProgram as(Kind other, int part) {
    return new SimulatedProgram(other, label, n, List.of(part(part)));
  }

  SimulatedProgram part(int i) {
    return parts.get(i);
  }

  int size() {
    return 1 + parts.stream().mapToInt(SimulatedProgram::size).sum();
  }

  /**
   * The labels of all that is part of an acquire or a release, where a suspended callback thread
   * goes on.
   */
  Set<Integer> unheld() {
    Set<Integer> unheld = new HashSet<>();
    if (kind == Kind.USING) {
      part(0).addLabels(unheld);
      part(2).addLabels(unheld);
    }
    parts.forEach(part -> unheld.addAll(part.unheld()));
    return unheld;
  }

  void addLabels(Set<Integer> labels) {
    labels.add(label);
    parts.forEach(part -> part.addLabels(labels));
  }

  /** Programs that are smaller by one change, the smallest first. */
  List<SimulatedProgram> smaller() {
    List<SimulatedProgram> smaller = new ArrayList<>();
    if (kind != Kind.STEP) {
      smaller.add(leaf(Kind.STEP, label, 0));
    }
    smaller.addAll(parts);
    if (n > 0) {
      smaller.add(new SimulatedProgram(kind, label, n - 1, parts));
    }
    for (int i = 0; i < parts.size(); i++) {
      for (SimulatedProgram part : parts.get(i).smaller()) {
        List<SimulatedProgram> changed = new ArrayList<>(parts);
        changed.set(i, part);
        smaller.add(new SimulatedProgram(kind, label, n, changed));
      }
    }
    return smaller;
  }

  @Override
  public String toString() {
    String inside = parts.stream().map(Object::toString).collect(Collectors.joining(", "));
    String name = kind.name().toLowerCase(java.util.Locale.ROOT) + label;
    return name + (n == 0 ? "" : ":" + n) + (parts.isEmpty() ? "" : "(" + inside + ")");
  }
}
