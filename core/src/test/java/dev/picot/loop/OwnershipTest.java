/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import org.junit.jupiter.api.Test;

class OwnershipTest {
  private static final long LAST_NUMBER = (1L << 45) - 1;

  private static long word(int generation, long slice, int phase) {
    return (long) generation << 48 | slice << 3 | phase;
  }

  @Test
  void aNewWord_isOwnerOfGenerationZero() {
    assertThat(Ownership.describe(0L)).isEqualTo("OWNER, generation 0, slice 0");
  }

  @Test
  void aWord_isTakenApart() {
    long word = word(7, 42, Ownership.SLICE);

    assertThat(Ownership.generation(word)).isEqualTo(7);
    assertThat(Ownership.slice(word)).isEqualTo(42);
    assertThat(Ownership.phase(word)).isEqualTo(Ownership.SLICE);
  }

  @Test
  void next_numbersASliceOrASleep() {
    long word = word(7, 42, Ownership.OWNER);

    assertThat(Ownership.next(word, Ownership.SLICE)).isEqualTo(word(7, 43, Ownership.SLICE));
    assertThat(Ownership.next(word, Ownership.PARKED)).isEqualTo(word(7, 43, Ownership.PARKED));
  }

  @Test
  void next_neverTouchesTheGeneration() {
    assertThat(Ownership.next(word(7, LAST_NUMBER, Ownership.OWNER), Ownership.SLICE))
        .isEqualTo(word(7, 0, Ownership.SLICE));
    assertThat(Ownership.next(word(0xFFFF, LAST_NUMBER, Ownership.OWNER), Ownership.SLICE))
        .isEqualTo(word(0xFFFF, 0, Ownership.SLICE));
  }

  @Test
  void inPhase_keepsGenerationAndNumber() {
    assertThat(Ownership.inPhase(word(7, 42, Ownership.SLICE), Ownership.OWNER))
        .isEqualTo(word(7, 42, Ownership.OWNER));
    assertThat(Ownership.inPhase(word(7, 42, Ownership.PARKED), Ownership.CLOSED))
        .isEqualTo(word(7, 42, Ownership.CLOSED));
  }

  @Test
  void takenOver_isTheNextGenerationInPhaseOwner() {
    assertThat(Ownership.takenOver(word(7, 42, Ownership.SLICE)))
        .isEqualTo(word(8, 42, Ownership.OWNER));
  }

  @Test
  void takenOver_wrapsAround() {
    assertThat(Ownership.takenOver(word(0xFFFF, LAST_NUMBER, Ownership.SLICE)))
        .isEqualTo(word(0, LAST_NUMBER, Ownership.OWNER));
  }

  @Test
  void takenOver_neverLooksLikeTheEndOfTheSlice() {
    long slice = word(7, 42, Ownership.SLICE);

    assertThat(Ownership.takenOver(slice)).isNotEqualTo(Ownership.inPhase(slice, Ownership.OWNER));
  }

  @Test
  void sameGeneration_ignoresNumberAndPhase() {
    long word = word(7, 42, Ownership.SLICE);

    assertThat(Ownership.sameGeneration(word, word(7, 99, Ownership.PARKED))).isTrue();
    assertThat(Ownership.sameGeneration(word, Ownership.takenOver(word))).isFalse();
    assertThat(Ownership.sameGeneration(0L, word(0xFFFF, 0, Ownership.OWNER))).isFalse();
  }

  @Test
  void describe_namesThePhase() {
    assertThat(Ownership.describe(word(0xFFFF, LAST_NUMBER, Ownership.SLICE)))
        .isEqualTo("SLICE, generation 65535, slice " + LAST_NUMBER);
    assertThat(Ownership.describe(word(1, 2, Ownership.PARKED)))
        .isEqualTo("PARKED, generation 1, slice 2");
    assertThat(Ownership.describe(word(1, 2, Ownership.CLOSED)))
        .isEqualTo("CLOSED, generation 1, slice 2");
  }

  @Test
  void describe_ofAnUnknownPhase_fails() {
    assertThatIllegalStateException()
        .isThrownBy(() -> Ownership.describe(7L))
        .withMessage("ownership word: 7");
  }
}
