/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/** The immutable queue against the JDK's. */
class FifoTest {
  private static List<Integer> listOf(Fifo<Integer> queue) {
    List<Integer> elements = new ArrayList<>();
    queue.forEach(elements::add);
    return elements;
  }

  @RepeatedTest(20)
  void behavesAsAQueue(RepetitionInfo repetition) {
    Random random = new Random(repetition.getCurrentRepetition());
    ArrayDeque<Integer> model = new ArrayDeque<>();
    Fifo<Integer> queue = Fifo.empty();

    for (int i = 0; i < 500; i++) {
      if (model.isEmpty() || random.nextInt(5) < 3) {
        model.add(i);
        queue = queue.plus(i);
      } else {
        assertThat(queue.first()).isEqualTo(model.remove());
        queue = queue.rest();
      }
      assertThat(queue.size()).isEqualTo(model.size());
      assertThat(queue.isEmpty()).isEqualTo(model.isEmpty());
    }

    assertThat(listOf(queue)).containsExactlyElementsOf(model);
  }

  @Test
  void anOlderQueue_staysAsItIs() {
    Fifo<Integer> three = Fifo.<Integer>empty().plus(1).plus(2).plus(3);

    Fifo<Integer> unused = three.rest().plus(4).rest().rest();

    assertThat(listOf(three)).containsExactly(1, 2, 3);
    assertThat(listOf(three.rest().plus(9))).containsExactly(2, 3, 9);
  }

  @Test
  void without_keepsTheOrderOfTheOthers() {
    Fifo<Integer> five = Fifo.<Integer>empty().plus(1).plus(2).rest().plus(3).plus(4).plus(5);

    assertThat(listOf(five.without(i -> i % 2 == 0))).containsExactly(3, 5);
    assertThat(five.without(i -> true).isEmpty()).isTrue();
  }

  @Test
  void anEmptyQueue_hasNoFirst() {
    assertThatThrownBy(() -> Fifo.empty().first()).isInstanceOf(IllegalStateException.class);
  }
}
