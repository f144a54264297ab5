/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LookoutTest {
  private boolean work;
  private boolean isBetterAsleep;
  private int looks;
  private int workAtLook;
  private long nanos;

  private final class Counting extends Lookout {
    Counting(int processors) {
      super(processors);
    }

    @Override
    boolean isBetterAsleep() {
      return isBetterAsleep;
    }

    @Override
    boolean hasCome() {
      looks++;
      return work || looks == workAtLook;
    }

    /** A microsecond passes at each look, and the limit is 20. */
    @Override
    long nanoTime() {
      return nanos += 1_000;
    }
  }

  private final Lookout lookout = new Counting(2);

  /** How many sleeps come without a look, after one in vain. */
  private int sleepsUntilTheNextLook() {
    looks = 0;
    int sleeps = -1;
    do {
      assertThat(lookout.await()).isFalse();
      sleeps++;
    } while (looks == 0);
    return sleeps;
  }

  @Test
  void workThatIsThere_isFoundAtOnce() {
    work = true;

    assertThat(lookout.await()).isTrue();
    assertThat(looks).isEqualTo(1);
  }

  @Test
  void workThatComesWithinTheLimit_isFound() {
    workAtLook = 20;

    assertThat(lookout.await()).isTrue();
  }

  @Test
  void workThatComesAfterTheLimit_isNotWaitedFor() {
    workAtLook = 21;

    assertThat(lookout.await()).isFalse();
    assertThat(looks).isEqualTo(20);
  }

  @Test
  void whoIsBetterAsleep_doesNotLook_andThatIsNotInVain() {
    work = true;
    isBetterAsleep = true;

    assertThat(lookout.await()).isFalse();
    assertThat(looks).isZero();

    isBetterAsleep = false;
    assertThat(lookout.await()).isTrue();
  }

  @Test
  void eachLookInVain_doublesTheSleepsWithoutOne_toALimit() {
    assertThat(lookout.await()).isFalse();

    assertThat(sleepsUntilTheNextLook()).isEqualTo(1);
    assertThat(sleepsUntilTheNextLook()).isEqualTo(3);
    assertThat(sleepsUntilTheNextLook()).isEqualTo(7);
    assertThat(sleepsUntilTheNextLook()).isEqualTo(15);
    assertThat(sleepsUntilTheNextLook()).isEqualTo(31);
    assertThat(sleepsUntilTheNextLook()).isEqualTo(63);
    assertThat(sleepsUntilTheNextLook()).isEqualTo(63);
  }

  @Test
  void workThatCame_isLookedOutForEachTime() {
    for (int i = 0; i < 4; i++) {
      assertThat(sleepsUntilTheNextLook()).isNotNegative();
    }
    work = true;
    looks = 0;
    while (!lookout.await()) {
      assertThat(looks).isZero();
    }

    assertThat(lookout.await()).isTrue();
    work = false;
    assertThat(lookout.await()).isFalse();
    assertThat(sleepsUntilTheNextLook()).isEqualTo(1);
  }

  @Test
  void withOneProcessor_nobodyLooks() {
    work = true;

    assertThat(new Counting(1).await()).isFalse();
    assertThat(looks).isZero();
  }
}
