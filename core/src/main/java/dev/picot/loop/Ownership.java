/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import dev.picot.internal.Text;

/**
 * The layout of a loop's ownership word: generation, slice number and phase in one long.
 *
 * <pre>
 * generation : 16 | slice : 45 | phase : 3
 * </pre>
 */
final class Ownership {
  /*
   * Phases
   *   OWNER   the owner works on the loop's own structures              owner: the loop thread
   *   SLICE   the owner runs a slice                                    owner: the loop thread
   *   PARKED  the owner sleeps and waits for a post or a deadline       owner: the loop thread
   *   IO      the owner runs what belongs to its I/O driver             owner: the loop thread
   *   CLOSED  the loop has ended                                        owner: nobody
   * Transitions
   *   OWNER  -> SLICE    beginSlice  loop thread  store (release)  slice + 1; publishes the structures
   *   SLICE  -> OWNER    exitSlice   loop thread  CAS (full)       fails if the loop was taken over
   *   SLICE  -> OWNER    takeOver    watchdog     CAS (full)       generation + 1
   *   OWNER  -> PARKED   park        loop thread  store (release)  slice + 1
   *   PARKED -> OWNER    unpark      loop thread  store (release)
   *   OWNER  -> IO       beginIo     loop thread  store (release)  slice + 1
   *   PARKED -> IO       wokeUp      loop thread  store (release)  events have come
   *   IO     -> OWNER    endIo       loop thread  store (release)
   *   OWNER  -> CLOSED   close       loop thread  store (release)
   * Invariants
   *   1. One owner: a thread owns the loop while the word has the generation it was given. Only
   *      SLICE can be taken over, and who ends a slice does so by CAS of exactly the word it began
   *      with, so of exitSlice and takeOver one wins.
   *   2. The same word seen twice in SLICE, PARKED or IO is the same slice, sleep or I/O, because the
   *      slice number grows each time one begins: no ABA, neither for the watchdog nor for a dump
   *      that reads the loop's lists in between (the word is their seqlock).
   * The first read of a word in SLICE synchronizes with beginSlice, so the new owner sees every
   * structure as the old one left it before the slice.
   */
  static final int OWNER = 0;
  static final int SLICE = 1;
  static final int PARKED = 2;
  static final int CLOSED = 3;
  static final int IO = 4;

  private static final long PHASE = 0b111L;
  private static final int SLICE_SHIFT = 3;
  private static final int GENERATION_SHIFT = 48;
  private static final long GENERATION = -1L << GENERATION_SHIFT;
  private static final long NUMBER = ~(GENERATION | PHASE);

  private Ownership() {}

  static int phase(long word) {
    return (int) (word & PHASE);
  }

  static int generation(long word) {
    return (int) (word >>> GENERATION_SHIFT);
  }

  static long slice(long word) {
    return (word & NUMBER) >>> SLICE_SHIFT;
  }

  /** The same generation and number in another phase. */
  static long inPhase(long word, int phase) {
    return (word & ~PHASE) | phase;
  }

  /** The same generation, the next number, in the given phase. */
  static long next(long word, int phase) {
    return (word & GENERATION) | ((word + (1L << SLICE_SHIFT)) & NUMBER) | phase;
  }

  /** The next generation, the same number, in phase OWNER. */
  static long takenOver(long word) {
    return ((word & GENERATION) + (1L << GENERATION_SHIFT)) | (word & NUMBER) | OWNER;
  }

  static boolean sameGeneration(long a, long b) {
    return ((a ^ b) & GENERATION) == 0;
  }

  static String describe(long word) {
    String phase =
        switch (phase(word)) {
          case OWNER -> "OWNER";
          case SLICE -> "SLICE";
          case PARKED -> "PARKED";
          case CLOSED -> "CLOSED";
          case IO -> "IO";
          default -> throw new IllegalStateException("ownership word: " + word);
        };
    return Text.format("%s, generation %d, slice %d", phase, generation(word), slice(word));
  }
}
