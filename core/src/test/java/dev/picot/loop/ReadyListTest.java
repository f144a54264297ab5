/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ReadyListTest {
  private final ReadyList list = new ReadyList();

  @Test
  void whatever_comesOutAsItCameIn() {
    Deque<LoopTask> model = new ArrayDeque<>();
    var random = new Random(1);
    for (int i = 0; i < 100_000; i++) {
      if (random.nextInt(100) < 50) {
        var task = new Task();
        list.add(task);
        model.add(task);
      } else {
        assertThat(list.poll()).isSameAs(model.poll());
      }
      assertThat(list.isEmpty()).isEqualTo(model.isEmpty());
    }
    assertThat(all(list)).containsExactlyElementsOf(model);
  }

  @Test
  void aTaskThatWasTaken_leadsNowhere() {
    list.add(new Task());
    var task = new Task();
    list.add(task);
    list.add(new Task());
    list.poll();
    assertThat(list.poll()).isSameAs(task);
    assertThat(task.next).isNull();
  }

  @Test
  void whatAPushHasLeft_isNotFollowed() {
    var task = new Task();
    var other = new Task();
    task.next = new Task();
    list.add(task);
    assertThat(list.poll()).isSameAs(task);

    list.add(other);

    assertThat(all(list)).containsExactly(other);
  }

  @Test
  void those_putBeforeTheOthers_comeFirst() {
    List<LoopTask> expected = new ArrayList<>();
    var first = new ReadyList();
    for (int i = 0; i < 3; i++) {
      expected.add(new Task());
      first.add(expected.get(i));
    }
    expected.add(new Task());
    list.add(expected.get(3));

    list.addAllFirst(first);
    list.addAllFirst(new ReadyList());
    expected.add(new Task());
    list.add(expected.get(4));

    assertThat(first.isEmpty()).isTrue();
    assertThat(all(list)).containsExactlyElementsOf(expected);
  }

  @Test
  void those_putBeforeNone_areFollowedByTheNext() {
    var first = new ReadyList();
    var one = new Task();
    var two = new Task();
    first.add(one);

    list.addAllFirst(first);
    list.add(two);

    assertThat(all(list)).containsExactly(one, two);
  }

  @Test
  void aWalkOverMoreThanItMay_meetsAConcurrentChange() {
    list.add(new Task());
    list.add(new Task());

    assertThatThrownBy(() -> list.forEach(task -> {}, 1))
        .isInstanceOf(LoopReader.ConcurrentReadException.class);
  }

  private static List<LoopTask> all(ReadyList list) {
    List<LoopTask> all = new ArrayList<>();
    list.forEach(all::add, Integer.MAX_VALUE);
    return all;
  }

  private static final class Task extends LoopTask {
    @Override
    protected void runSlice(LoopThread thread) {
      throw new AssertionError("runs nowhere");
    }
  }
}
