/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower.server;

import java.util.BitSet;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A row of the table that is read and updated.
 *
 * @param id from 1 to {@value #ROWS}
 * @param randomNumber likewise
 */
record World(int id, int randomNumber) {
  /** How many rows there are. */
  static final int ROWS = 10_000;

  static int randomId() {
    return ThreadLocalRandom.current().nextInt(1, ROWS + 1);
  }

  static int[] randomIds(int count) {
    return ThreadLocalRandom.current().ints(count, 1, ROWS + 1).toArray();
  }

  /** Different ones, in order: updates that lock rows in the same order do not deadlock. */
  static int[] distinctRandomIds(int count) {
    BitSet chosen = new BitSet(ROWS + 1);
    for (int left = count; left > 0; ) {
      int id = randomId();
      if (!chosen.get(id)) {
        chosen.set(id);
        left--;
      }
    }
    return chosen.stream().toArray();
  }

  /** The same row with another number, never the same one. */
  World renumbered() {
    int number = ThreadLocalRandom.current().nextInt(1, ROWS);
    return new World(id, number < randomNumber ? number : number + 1);
  }
}
