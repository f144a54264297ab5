/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A survey of a loop that this test drives by hand. */
class SurveyTest {
  private static final long HOUR = TimeUnit.HOURS.toNanos(1);

  private final Loop loop = new Loop("surveyed", null, Ticker.system(), null);
  private final Survey survey = new Survey();

  private static final class Task extends LoopTask {
    @Override
    protected void runSlice(LoopThread thread) {
      throw new AssertionError("runs nowhere");
    }
  }

  private void keep(Task task, boolean timed) {
    assertThat(loop.keep(task, timed ? loop.now() + HOUR : Long.MAX_VALUE)).isTrue();
  }

  /** As for a slice: whatever is ready first. */
  private Task takeReady() {
    return (Task) loop.lists.pollReady();
  }

  @Test
  void ofAnEmptyLoop_isEmptyAtOnce() {
    assertThat(survey.advance(loop.lists)).isTrue();

    assertThat(survey.answer.join()).isEmpty();
  }

  @Test
  void visitsAPortionAtATime() {
    for (int i = 0; i < 3 * Survey.PORTION; i++) {
      keep(new Task(), false);
    }
    int portions = 1;
    while (!survey.advance(loop.lists)) {
      portions++;
    }

    assertThat(portions).isEqualTo(4);
    assertThat(survey.answer.join()).hasSize(3 * Survey.PORTION);
  }

  /** The last one comes to its place: one that was visited, or the next. */
  @ParameterizedTest
  @ValueSource(ints = {0, Survey.PORTION})
  void aTaskThatIsForgottenMeanwhile_hidesNobody(int place) {
    List<Task> all = new ArrayList<>();
    for (int i = 0; i < 3 * Survey.PORTION; i++) {
      all.add(new Task());
      keep(all.get(i), false);
    }
    loop.lists.begin(survey);
    assertThat(survey.advance(loop.lists)).isFalse();
    loop.forget(all.get(place));
    while (!survey.advance(loop.lists)) {}

    assertThat(survey.answer.join()).containsAll(all);
  }

  @Test
  void whoIsForgottenWhileItMigrates_isInNoListThen() {
    var task = new Task();
    task.place = 7;

    loop.forget(task);

    assertThat(task.isKept()).isFalse();
    assertThat(loop.keep(task, Long.MAX_VALUE)).isTrue();
    loop.forget(task);
    assertThat(survey.advance(loop.lists)).isTrue();
    assertThat(survey.answer.join()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void whateverMovesMeanwhile_nobodyWhoStaysIsMissing_andItEnds(int seed) {
    Random random = new Random(seed);
    List<Task> all = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      Task task = new Task();
      all.add(task);
      put(task, random);
    }
    Set<LoopTask> stay = new HashSet<>(all);
    loop.lists.begin(survey);
    int portions = 0;
    while (!survey.advance(loop.lists)) {
      portions++;
      for (int i = 0; i < 300; i++) {
        Task running = takeReady();
        if (running != null && random.nextInt(10) == 0) {
          stay.remove(running);
        } else if (running != null) {
          put(running, random);
        }
        Task woken = all.get(random.nextInt(all.size()));
        if (stay.contains(woken) && woken.isKept() && !isReady(woken)) {
          loop.forget(woken);
          loop.ready(woken);
          ready.add(woken);
        }
      }
    }

    assertThat(survey.answer.join()).containsAll(stay);
    assertThat(portions).isLessThan(100);
  }

  private final Set<Task> ready = new HashSet<>();

  private boolean isReady(Task task) {
    return ready.contains(task);
  }

  private void put(Task task, Random random) {
    ready.remove(task);
    switch (random.nextInt(3)) {
      case 0 -> {
        loop.ready(task);
        ready.add(task);
      }
      case 1 -> keep(task, false);
      default -> keep(task, true);
    }
  }
}
