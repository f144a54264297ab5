/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** Compares the wheel with a sorted set, which knows time as a long that never wraps around. */
class TimerWheelModelTest {
  private static final int OPERATIONS = 20_000;

  @RepeatedTest(10)
  void behavesLikeASortedSetUnderRandomOperations() {
    long seed = new SplittableRandom().nextLong();
    try {
      new Run(seed).run(OPERATIONS);
    } catch (Throwable e) {
      throw new AssertionError("seed: " + seed + "L", e);
    }
  }

  @Test
  void behavesLikeASortedSetAroundTheWrap() {
    for (long seed = 0; seed < 50; seed++) {
      try {
        new Run(seed).startAt(Integer.MAX_VALUE - 1_000L * seed).run(1_000);
      } catch (Throwable e) {
        throw new AssertionError("seed: " + seed + "L", e);
      }
    }
  }

  private static final class Run {
    private static final long HORIZON = Integer.MAX_VALUE;

    private final SplittableRandom random;
    private final TreeSet<Timer> model =
        new TreeSet<>(
            Comparator.comparingLong((Timer t) -> t.time).thenComparingLong(t -> t.serial));
    private TimerWheel wheel;
    private long now;
    private long serial;

    Run(long seed) {
      random = new SplittableRandom(seed);
      startAt(random.nextInt());
    }

    Run startAt(long start) {
      now = start;
      wheel = new TimerWheel((int) start);
      return this;
    }

    void run(int operations) {
      for (int i = 0; i < operations; i++) {
        int kind = random.nextInt(100);
        if (kind < 55) {
          add(now, distance());
        } else if (kind < 70) {
          cancel();
        } else {
          advance();
        }
        check();
      }
      while (!model.isEmpty()) {
        advanceTo(model.first().time);
      }
      check();
    }

    /** Small and large distances alike, often the same ones, so that deadlines collide. */
    private long distance() {
      long most = 1L << random.nextInt(32);
      long distance = random.nextInt(4) == 0 ? most : random.nextLong(most) + 1;
      return Math.min(distance, HORIZON) - (random.nextInt(50) == 0 ? distance : 0);
    }

    private void add(long from, long distance) {
      long time = random.nextInt(8) == 0 && !model.isEmpty() ? someone().time : from + distance;
      if (time - from > HORIZON) {
        return;
      }
      var timer = new Timer(time, serial++);
      boolean added = wheel.add(timer);
      assertThat(added).isEqualTo(time > from);
      assertThat(timer.isKept()).isEqualTo(added);
      if (added) {
        model.add(timer);
      }
    }

    private Timer someone() {
      var probe = new Timer(now + distance(), 0);
      Timer found = model.ceiling(probe);
      return found != null ? found : model.last();
    }

    private void cancel() {
      if (!model.isEmpty()) {
        Timer timer = someone();
        model.remove(timer);
        wheel.remove(timer);
      }
    }

    private void advance() {
      switch (random.nextInt(4)) {
        case 0 -> advanceTo(now + random.nextInt(3));
        case 1 -> advanceTo(model.isEmpty() ? now + distance() : model.first().time);
        case 2 -> advanceTo(model.isEmpty() ? now : Math.max(now, model.first().time - 1));
        default -> advanceTo(now + (1L << random.nextInt(24)));
      }
    }

    private void advanceTo(long target) {
      // Farther away it would look like a time that lies backwards.
      long end = Math.min(target, now + HORIZON);
      List<Timer> got = new ArrayList<>();
      int count =
          wheel.advance(
              (int) end,
              task -> {
                var timer = (Timer) task;
                assertThat(timer.isKept()).isFalse();
                assertThat(wheel.tick()).isEqualTo((int) timer.time);
                assertThat(timer).isSameAs(model.pollFirst());
                now = timer.time;
                got.add(timer);
                if (random.nextInt(4) == 0) {
                  add(now, distance());
                }
              });
      now = end;
      assertThat(count).isEqualTo(got.size());
      assertThat(wheel.tick()).isEqualTo((int) end);
      assertThat(model.isEmpty() || model.first().time > end).isTrue();
    }

    private void check() {
      assertThat(wheel.hasTimers() || model.isEmpty()).isTrue();
      if (wheel.hasTimers()) {
        int ahead = wheel.nextEvent() - wheel.tick();
        assertThat(ahead).isNotNegative();
        assertThat(model.isEmpty() || now + ahead <= model.first().time).isTrue();
      }
      if (random.nextInt(100) == 0) {
        List<LoopTask> seen = new ArrayList<>();
        wheel.forEach(seen::add);
        assertThat(seen).containsExactlyInAnyOrderElementsOf(model);
      }
    }
  }

  private static final class Timer extends LoopTask {
    private final long time;
    private final long serial;

    Timer(long time, long serial) {
      this.time = time;
      this.serial = serial;
      this.deadline = (int) time;
    }

    @Override
    protected void runSlice(LoopThread thread) {
      throw new AssertionError("a wheel does not run tasks");
    }

    @Override
    public String toString() {
      return "timer " + serial + " for " + time;
    }
  }
}
