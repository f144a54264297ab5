/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TimerWheelTest {
  private static final int DAY = 24 * 60 * 60 * 1000;

  private final List<Timer> due = new ArrayList<>();
  private final DueSink sink = task -> due.add((Timer) task);

  @Test
  void handsOverATaskAtItsDeadlineAndNotBefore() {
    var wheel = new TimerWheel(0);
    var timer = add(wheel, 10);

    assertThat(wheel.advance(9, sink)).isZero();
    assertThat(due).isEmpty();
    assertThat(wheel.advance(10, sink)).isOne();
    assertThat(due).containsExactly(timer);
    assertThat(timer.isKept()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 63, 64, -1, Integer.MAX_VALUE, Integer.MIN_VALUE, 0x3FFF_FFFF})
  void refusesADeadlineThatIsNotAhead(int now) {
    var wheel = new TimerWheel(now);
    var atNow = new Timer(now);
    var before = new Timer(now - 1);
    var longBefore = new Timer(now + Integer.MIN_VALUE);

    assertThat(wheel.add(atNow)).isFalse();
    assertThat(wheel.add(before)).isFalse();
    assertThat(wheel.add(longBefore)).isFalse();
    assertThat(List.of(atNow, before, longBefore)).noneMatch(LoopTask::isKept);
    assertThat(wheel.hasTimers()).isFalse();
  }

  @Test
  void handsOverInTheOrderOfDeadlines() {
    var wheel = new TimerWheel(5);
    int[] deadlines = {70_000, 6, 4_200, 64, 63, 300_000, 65, 4_096, 7, 20_000_000, DAY};
    for (int deadline : deadlines) {
      add(wheel, deadline);
    }

    wheel.advance(DAY, sink);

    Arrays.sort(deadlines);
    assertThat(due).extracting(Timer::deadline).containsExactly(box(deadlines));
  }

  @Test
  void standsAtTheDeadlineOfTheTaskItHandsOver() {
    var wheel = new TimerWheel(0);
    add(wheel, 3);
    add(wheel, 5_000);
    List<Integer> ticks = new ArrayList<>();

    wheel.advance(1_000_000, task -> ticks.add(wheel.tick()));

    assertThat(ticks).containsExactly(3, 5_000);
    assertThat(wheel.tick()).isEqualTo(1_000_000);
  }

  @Test
  void keepsTheOrderOfAddingAmongEqualDeadlines() {
    var wheel = new TimerWheel(0);
    var first = add(wheel, 1_000);
    var second = add(wheel, 1_000);
    var third = add(wheel, 1_000);

    wheel.advance(1_000, sink);

    assertThat(due).containsExactly(first, second, third);
  }

  // A wheel that picks the level by the distance would hand the second task over before the first.
  @ParameterizedTest
  @ValueSource(ints = {1, 63, 64, 511, 512, 575, 576, 599})
  void keepsTheOrderOfAddingWhenTheSecondIsAddedCloserToTheDeadline(int whenSecond) {
    var wheel = new TimerWheel(0);
    var first = add(wheel, 600);
    wheel.advance(whenSecond, sink);
    var second = add(wheel, 600);

    wheel.advance(600, sink);

    assertThat(due).containsExactly(first, second);
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 4_096, 262_144, 16_777_216, 1_073_741_824})
  void keepsTheOrderOfAddingThroughEveryCascade(int deadline) {
    var wheel = new TimerWheel(0);
    List<Timer> added = new ArrayList<>();
    for (int distance = deadline; distance > 0; distance /= 2) {
      wheel.advance(deadline - distance, sink);
      added.add(add(wheel, deadline));
    }

    wheel.advance(deadline, sink);

    assertThat(due).containsExactlyElementsOf(added);
  }

  @ParameterizedTest
  @ValueSource(
      ints = {0, 1, 63, 0x3FFF_FFFF, 0x4000_0000, 0x7FFF_FFFF, Integer.MIN_VALUE, -2, -1, 123_456})
  void handlesTheFarthestDeadlineFromAnyTick(int start) {
    var wheel = new TimerWheel(start);
    int farthest = start + Integer.MAX_VALUE;
    var timer = add(wheel, farthest);

    for (int hop = 0; hop < 100 && wheel.nextEvent() != farthest; hop++) {
      assertThat(wheel.nextEvent() - wheel.tick()).isNotNegative();
      assertThat(wheel.advance(wheel.nextEvent(), sink)).isZero();
    }
    wheel.advance(farthest - 1, sink);
    assertThat(due).isEmpty();
    wheel.advance(farthest, sink);

    assertThat(due).containsExactly(timer);
  }

  @Test
  void handsOverInOrderAcrossTheWrapAround() {
    int start = Integer.MAX_VALUE - 100;
    var wheel = new TimerWheel(start);
    var afterTheWrap = add(wheel, start + 5_000);
    var beforeTheWrap = add(wheel, start + 50);
    var justAfterTheWrap = add(wheel, Integer.MIN_VALUE);
    var farAfterTheWrap = add(wheel, start + 20 * DAY);

    wheel.advance(start + 21 * DAY, sink);

    assertThat(due).containsExactly(beforeTheWrap, justAfterTheWrap, afterTheWrap, farAfterTheWrap);
  }

  @Test
  void handsOverInOrderAcrossTheTurnOfTheTopDigit() {
    int start = -100;
    var wheel = new TimerWheel(start);
    var second = add(wheel, 100);
    var third = add(wheel, 0x4000_0001);
    var first = add(wheel, 0);

    wheel.advance(0x5000_0000, sink);

    assertThat(due).containsExactly(first, second, third);
  }

  @Test
  void forgetsARemovedTask() {
    var wheel = new TimerWheel(0);
    var cancelled = add(wheel, 100);
    var kept = add(wheel, 100);
    var alone = add(wheel, 5_000);
    assertThat(wheel.remove(cancelled)).isTrue();
    assertThat(wheel.remove(alone)).isTrue();

    wheel.advance(10_000, sink);

    assertThat(due).containsExactly(kept);
    assertThat(wheel.hasTimers()).isFalse();
  }

  @Test
  void noticesAnEmptiedSlotAtItsEventAndLosesNothingAddedToItMeanwhile() {
    var wheel = new TimerWheel(0);
    wheel.remove(add(wheel, 100));

    assertThat(wheel.hasTimers()).isTrue();
    var again = add(wheel, 100);
    wheel.advance(100, sink);

    assertThat(due).containsExactly(again);
    assertThat(wheel.hasTimers()).isFalse();
  }

  @Test
  void handsOverWhatTheSinkAddsIfItIsDueInTheSameAdvance() {
    var wheel = new TimerWheel(0);
    add(wheel, 1);

    wheel.advance(
        1_000,
        task -> {
          due.add((Timer) task);
          add(wheel, wheel.tick() + 300);
        });

    assertThat(due).extracting(Timer::deadline).containsExactly(1, 301, 601, 901);
    assertThat(wheel.tick()).isEqualTo(1_000);
    wheel.advance(1_201, sink);
    assertThat(due).extracting(Timer::deadline).endsWith(1_201);
  }

  @Test
  void refusesWhatTheSinkAddsForTheTickThatIsHandedOver() {
    var wheel = new TimerWheel(0);
    add(wheel, 64);
    List<Boolean> accepted = new ArrayList<>();

    wheel.advance(100, task -> accepted.add(wheel.add(new Timer(64))));

    assertThat(accepted).containsExactly(false);
  }

  @Test
  void keepsWhatIsStillDueWhenTheSinkThrows() {
    var wheel = new TimerWheel(0);
    add(wheel, 128);
    var second = add(wheel, 128);
    var third = add(wheel, 129);

    assertThatThrownBy(
            () ->
                wheel.advance(
                    1_000,
                    task -> {
                      throw new IllegalStateException("on purpose");
                    }))
        .hasMessage("on purpose");

    assertThat(wheel.hasTimers()).isTrue();
    assertThat(wheel.nextEvent()).isEqualTo(128);
    wheel.advance(1_000, sink);
    assertThat(due).containsExactly(second, third);
  }

  @Test
  void ignoresATimeThatLiesBackwards() {
    var wheel = new TimerWheel(1_000);
    var timer = add(wheel, 2_000);

    assertThat(wheel.advance(500, sink)).isZero();
    assertThat(wheel.tick()).isEqualTo(1_000);
    wheel.advance(2_000, sink);

    assertThat(due).containsExactly(timer);
  }

  @Test
  void jumpsOverIdleTimeOfAnyLengthWhileEmpty() {
    var wheel = new TimerWheel(0);
    int now = 0;
    for (int tenDays = 0; tenDays < 365; tenDays++) {
      now += 10 * DAY;
      assertThat(wheel.advance(now, sink)).isZero();
      assertThat(wheel.tick()).isEqualTo(now);
    }
    wheel.advance(now + Integer.MIN_VALUE, sink);
    assertThat(wheel.tick()).isEqualTo(now + Integer.MIN_VALUE);
  }

  @Test
  void needsAHandfulOfEventsForADeadlineWeeksAway() {
    var wheel = new TimerWheel(77);
    add(wheel, 77 + 24 * DAY);
    int events = 0;

    while (due.isEmpty()) {
      wheel.advance(wheel.nextEvent(), sink);
      events++;
    }

    assertThat(events).isLessThanOrEqualTo(6);
  }

  @Test
  void namesTheDeadlineItselfAsNextEventWhenItIsNear() {
    var wheel = new TimerWheel(128);
    add(wheel, 150);
    add(wheel, 140);

    assertThat(wheel.nextEvent()).isEqualTo(140);
  }

  @Test
  void neverNamesANextEventAfterADeadline() {
    var wheel = new TimerWheel(100);
    add(wheel, 5_000);

    assertThat(wheel.nextEvent()).isBetween(101, 5_000);
  }

  @Test
  void showsEveryTaskOnceAndChangesNothing() {
    var wheel = new TimerWheel(0);
    List<Timer> added = new ArrayList<>();
    for (int deadline : new int[] {1, 1, 63, 64, 5_000, 1 << 20, 1 << 29, Integer.MAX_VALUE}) {
      added.add(add(wheel, deadline));
    }
    wheel.remove(add(wheel, 7));
    List<LoopTask> seen = new ArrayList<>();

    wheel.forEach(seen::add);
    assertThat(seen).containsExactlyInAnyOrderElementsOf(added);

    wheel.advance(Integer.MAX_VALUE, sink);
    assertThat(due).hasSize(8);
  }

  @Test
  void findsWhomToRemoveAtWhateverLevelItIsByNow() {
    var wheel = new TimerWheel(0);
    for (int tick = 0; tick < 300_000; tick += 1_237) {
      var timer = add(wheel, 300_001);
      wheel.advance(tick, sink);
      assertThat(wheel.remove(timer)).isTrue();
      assertThat(timer.isKept()).isFalse();
    }

    wheel.advance(400_000, sink);

    assertThat(due).isEmpty();
  }

  @Test
  void removesNobodyWhomItDoesNotHave() {
    var wheel = new TimerWheel(0);
    add(wheel, 100);
    var removed = add(wheel, 100);
    var later = add(wheel, 5_000);
    wheel.remove(removed);
    later.deadline = 100;

    for (LoopTask other : List.of(removed, later, new Timer(100), new Timer(DAY))) {
      assertThat(wheel.remove(other)).isFalse();
    }
    assertThat(wheel.advance(5_000, sink)).isEqualTo(2);
  }

  @Test
  void handsOverEveryTaskToWhoTakesAll_equalOnesInTheirOrder() {
    var wheel = new TimerWheel(0);
    var later = add(wheel, 70_000);
    var first = add(wheel, 70_000);
    var near = add(wheel, 3);
    wheel.remove(later);
    var second = add(wheel, 70_000);

    wheel.drainTo(task -> due.add((Timer) task));

    assertThat(due).containsExactly(near, first, second);
    assertThat(wheel.hasTimers()).isFalse();
    wheel.forEach(task -> due.add(null));
    assertThat(due).hasSize(3);
  }

  private static Timer add(TimerWheel wheel, int deadline) {
    var timer = new Timer(deadline);
    assertThat(wheel.add(timer)).isTrue();
    return timer;
  }

  private static Integer[] box(int[] values) {
    return Arrays.stream(values).boxed().toArray(Integer[]::new);
  }

  private static final class Timer extends LoopTask {
    Timer(int deadline) {
      this.deadline = deadline;
    }

    int deadline() {
      return deadline;
    }

    @Override
    protected void runSlice(LoopThread thread) {
      throw new AssertionError("a wheel does not run tasks");
    }

    @Override
    public String toString() {
      return "timer for " + deadline;
    }
  }
}
