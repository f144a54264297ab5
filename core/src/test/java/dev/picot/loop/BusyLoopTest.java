/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.LoopScheduler;
import java.time.Duration;
import java.time.Instant;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which loops do not look out for work, because another one works all the time. */
class BusyLoopTest {
  private static final long LONG = 100_000;

  private final LoopScheduler scheduler = LoopScheduler.builder("busy").loops(2).build();
  private final Loop busy = LoopGroup.of(scheduler).loops().get(0);
  private final Loop other = LoopGroup.of(scheduler).loops().get(1);
  private final Figures mine = new Figures(0);
  private final Figures others = new Figures(0);
  private volatile boolean over;

  @AfterEach
  void close() {
    over = true;
    scheduler.close();
  }

  @Test
  void whoeverHasWorkedForLongBesideARest_isBusy_untilItRests() {
    rest(others, 10, 20);
    rest(mine, 30, 20 + LONG);
    assertThat(mine.hasRestedBeside(others)).isFalse();

    rest(mine, 30 + LONG, 40 + LONG);
    assertThat(mine.hasRestedBeside(others)).isTrue();
    assertThat(others.hasRestedBeside(mine)).isFalse();

    others.rests(50 + LONG);
    assertThat(mine.hasRestedBeside(others)).isFalse();

    others.looked(60 + LONG);
    assertThat(mine.hasRestedBeside(others)).isFalse();
  }

  private static void rest(Figures figures, long from, long until) {
    figures.rests(from);
    figures.looked(until);
  }

  @Test
  void aLoopBesideABusyOne_isBetterAsleep_untilThatOneRests() {
    assertThat(busy.post(new Busy())).isTrue();

    until(other.lookout::isBetterAsleep);
    assertThat(busy.lookout.isBetterAsleep()).isFalse();

    over = true;
    until(() -> !other.lookout.isBetterAsleep());
  }

  /** Meanwhile the other loop rests again and again. */
  private void until(BooleanSupplier condition) {
    Instant deadline = Instant.now().plus(Duration.ofSeconds(20));
    while (!condition.getAsBoolean()) {
      assertThat(Instant.now()).isBefore(deadline);
      other.post(new ControlTask("rest", loop -> {}));
    }
  }

  private final class Busy extends LoopTask {
    @Override
    protected void runSlice(LoopThread thread) {
      thread.exitSlice();
      if (!over) {
        busy.ready(this);
      }
    }
  }
}
