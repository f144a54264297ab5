/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower;

/** What is asked for under load. */
enum Workload {
  PLAINTEXT("P10", "plaintext", "/plaintext", 0),
  DB("P11", "db", "/db", 1),
  QUERIES("P11", "queries 20", "/queries?queries=20", 20),
  FORTUNES("P11", "fortunes", "/fortunes", 1),
  UPDATES("P11", "updates 20", "/updates?queries=20", 21);

  private final String row;
  private final String label;
  private final String target;
  private final int queries;

  Workload(String row, String label, String target, int queries) {
    this.row = row;
    this.label = label;
    this.target = target;
    this.queries = queries;
  }

  String row() {
    return row;
  }

  String label() {
    return label;
  }

  String target() {
    return target;
  }

  /** How many statements the database gets for one request. */
  int queries() {
    return queries;
  }

  boolean isWithRows() {
    return queries > 0;
  }
}
