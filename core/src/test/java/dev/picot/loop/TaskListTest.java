/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TaskListTest {
  private final TaskList list = new TaskList();

  @ParameterizedTest
  @ValueSource(ints = {30, 50, 70})
  void whateverComesAndGoes_isThereInTheOrderInWhichItCame(int removals) {
    Set<LoopTask> model = new LinkedHashSet<>();
    List<LoopTask> all = new ArrayList<>();
    var random = new Random(removals);
    for (int i = 0; i < 20_000; i++) {
      if (random.nextInt(100) >= removals) {
        var task = new Task();
        all.add(task);
        model.add(task);
        list.add(task);
      } else if (!all.isEmpty()) {
        LoopTask task = all.get(random.nextInt(all.size()));
        assertThat(list.holds(task)).isEqualTo(model.remove(task));
        if (task.isKept()) {
          list.remove(task);
        }
        assertThat(list.holds(task)).isFalse();
      }
      assertThat(list.isEmpty()).isEqualTo(model.isEmpty());
      if (i % 1_000 == 0) {
        assertThat(all(list)).containsExactlyElementsOf(model);
      }
    }
    assertThat(all(list)).containsExactlyElementsOf(model);
  }

  @Test
  void fewAtATime_takeNoMoreRoom_howeverManyHaveBeenThere() {
    var stays = new Task();
    list.add(stays);
    for (int i = 0; i < 1_000; i++) {
      var passes = new Task();
      list.add(passes);
      list.add(new Task());
      list.remove(passes);
      list.remove(all(list).get(1));
    }

    assertThat(all(list)).containsExactly(stays);
    assertThat(list.end()).isOne();
  }

  @Test
  void whoLeavesBeforeOneThatStays_makesRoomForOthers() {
    List<LoopTask> there = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      var comes = new Task();
      there.add(comes);
      list.add(comes);
      if (there.size() > 8) {
        list.remove(there.remove(0));
      }
      assertThat(list.end()).isLessThanOrEqualTo(32);
    }

    assertThat(all(list)).containsExactlyElementsOf(there);
  }

  @ParameterizedTest
  @ValueSource(ints = {30, 50, 70})
  void replacedByTheLast_thereIsNoGap_andEveryoneKnowsItsPlace(int removals) {
    List<LoopTask> model = new ArrayList<>();
    var random = new Random(removals);
    for (int i = 0; i < 20_000; i++) {
      if (random.nextInt(100) >= removals || model.isEmpty()) {
        model.add(new Task());
        list.add(model.get(model.size() - 1));
      } else {
        int index = random.nextInt(model.size());
        LoopTask last = model.remove(model.size() - 1);
        LoopTask gone = index == model.size() ? last : model.set(index, last);

        assertThat(list.replaceByLast(gone)).isSameAs(last);
        assertThat(gone.isKept()).isFalse();
      }
      assertThat(list.end()).isEqualTo(model.size());
    }
    assertThat(all(list)).containsExactlyElementsOf(model).allMatch(list::holds);
  }

  @Test
  void movesAreCounted_ifThoseThatStayGetOtherPlaces() {
    var first = new Task();
    list.add(first);
    list.add(new Task());
    int before = list.moves();
    list.remove(first);
    assertThat(list.moves()).isEqualTo(before);

    list.forgetFirst(1);

    assertThat(list.moves()).isGreaterThan(before);
    assertThat(list.end()).isOne();
  }

  @Test
  void aFullList_isNotWhereAnotherTaskIs() {
    var other = new TaskList();
    var task = new Task();
    other.add(task);
    list.add(new Task());

    assertThat(list.holds(task)).isFalse();
    assertThat(list.holds(new Task())).isFalse();
    assertThat(other.holds(task)).isTrue();
  }

  @Test
  void drained_handsOverAll() {
    List<LoopTask> tasks = List.of(new Task(), new Task(), new Task());
    tasks.forEach(list::add);
    list.remove(tasks.get(1));
    List<LoopTask> got = new ArrayList<>();

    list.drainTo(got::add);

    assertThat(got).containsExactly(tasks.get(0), tasks.get(2));
    assertThat(list.isEmpty()).isTrue();
  }

  @Test
  void drainedByWhoThrows_keepsTheRest_andWhomItWasGivenLast_forTheNextTime() {
    List<LoopTask> tasks = List.of(new Task(), new Task(), new Task());
    tasks.forEach(list::add);
    List<LoopTask> got = new ArrayList<>();

    assertThatThrownBy(
            () ->
                list.drainTo(
                    task -> {
                      if (task == tasks.get(1)) {
                        throw new OutOfMemoryError("on purpose");
                      }
                    }))
        .isInstanceOf(OutOfMemoryError.class);
    list.drainTo(got::add);

    assertThat(got).containsExactly(tasks.get(1), tasks.get(2));
  }

  private static List<LoopTask> all(TaskList list) {
    List<LoopTask> all = new ArrayList<>();
    list.forEach(all::add);
    return all;
  }

  private static final class Task extends LoopTask {
    @Override
    protected void runSlice(LoopThread thread) {
      throw new AssertionError("runs nowhere");
    }
  }
}
