/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower.server;

import java.util.Optional;

/**
 * A request, as far as it matters.
 *
 * @param kind what is asked for
 * @param count of rows, from 1 to {@value #MOST}; 1 where none is asked for
 */
record Call(Kind kind, int count) {
  static final int MOST = 500;

  private static final String PARAMETER = "queries=";

  /** What can be asked for. */
  enum Kind {
    PLAINTEXT("/plaintext"),
    JSON("/json"),
    DB("/db"),
    QUERIES("/queries"),
    FORTUNES("/fortunes"),
    UPDATES("/updates");

    private static final Kind[] ALL = values();

    private final String path;

    Kind(String path) {
      this.path = path;
    }

    boolean isWithRows() {
      return this != PLAINTEXT && this != JSON;
    }
  }

  /** Parses the target of a request; empty if there is nothing of that name. */
  static Optional<Call> of(String target) {
    int mark = target.indexOf('?');
    int length = mark < 0 ? target.length() : mark;
    for (Kind kind : Kind.ALL) {
      if (kind.path.length() == length && target.startsWith(kind.path)) {
        return Optional.of(new Call(kind, mark < 0 ? 1 : count(target, mark + 1)));
      }
    }
    return Optional.empty();
  }

  private static int count(String target, int query) {
    for (int start = query; start < target.length(); ) {
      int next = target.indexOf('&', start);
      int end = next < 0 ? target.length() : next;
      if (target.startsWith(PARAMETER, start)) {
        return number(target.substring(start + PARAMETER.length(), end));
      }
      start = end + 1;
    }
    return 1;
  }

  private static int number(String text) {
    try {
      return (int) Math.max(1, Math.min(MOST, Long.parseLong(text)));
    } catch (NumberFormatException e) {
      return 1;
    }
  }
}
