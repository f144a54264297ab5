/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class StatsTest {
  @RegisterExtension final Schedulers schedulers = new Schedulers();

  private final LoopScheduler scheduler =
      schedulers.build(
          "checkout",
          b -> b.loops(1).maxCallbackThreads(100).elastic(e -> e.maxThreads(1).maxQueued(1)));

  @Test
  void ofANewScheduler_areZero() {
    Stats stats = scheduler.stats();

    assertThat(stats)
        .isEqualTo(
            new Stats(
                1, 0, 0, 0, 0, 0, 0, 0, 0, 0, new Stats.Elastic(0, 0, 0, 0, 0), stats.perLoop()));
  }

  @Test
  void countHowCallbackThreadsEnd() {
    Deadline.value(scheduler.spawn(Task.done()));
    Deadline.value(scheduler.spawn(Task.done()));
    Deadline.error(scheduler.spawn(Task.error(new IOException())));
    CallbackThread<?> cancelled = scheduler.spawn(Task.never());
    cancelled.cancel();
    Deadline.outcome(cancelled);
    scheduler.spawn(Task.never());
    scheduler.spawn(Task.never());
    scheduler.spawn(Task.never());

    Stats stats = scheduler.stats();

    assertThat(stats.completed()).isEqualTo(2);
    assertThat(stats.failed()).isEqualTo(1);
    assertThat(stats.cancelled()).isEqualTo(1);
    assertThat(stats.live()).isEqualTo(3);
  }

  @Test
  void countATaskAsValueAsFailed() {
    Deadline.error(scheduler.spawn(Task.value(Task.done())));

    assertThat(scheduler.stats().failed()).isEqualTo(1);
    assertThat(scheduler.stats().completed()).isZero();
  }

  @Test
  void areUpToDateWhenTheOutcomeIsThere() {
    for (int i = 1; i <= 1_000; i++) {
      Deadline.value(scheduler.spawn(Task.done()));

      assertThat(scheduler.stats().completed()).isEqualTo(i);
      assertThat(scheduler.stats().live()).isZero();
    }
  }

  @Test
  void countTheElasticPool() {
    Gate gate = schedulers.gate();
    CallbackThread<?> running = scheduler.spawn(Task.blockingRun(gate::pass));
    gate.awaitArrival();
    CallbackThread<?> queued = scheduler.spawn(Task.blockingRun(() -> {}));
    Schedulers.settle(scheduler);
    Deadline.error(scheduler.spawn(Task.blockingRun(() -> {})));

    Stats.Elastic busy = scheduler.stats().elastic();
    gate.open();
    Deadline.value(running);
    Deadline.value(queued);

    assertThat(busy).isEqualTo(new Stats.Elastic(1, 1, 1, 0, 1));
    assertThat(scheduler.stats().elastic()).isEqualTo(new Stats.Elastic(1, 0, 0, 2, 1));
  }

  @Test
  void answerWhileTheLoopIsStuck() {
    Gate gate = schedulers.gate();
    scheduler.spawn(Task.run(gate::pass));
    gate.awaitArrival();

    assertThat(scheduler.stats().live()).isEqualTo(1);
  }

  @Test
  void answerAfterClosing() {
    Deadline.value(scheduler.spawn(Task.done()));
    scheduler.close();

    assertThat(scheduler.stats().completed()).isEqualTo(1);
    assertThat(scheduler.stats().live()).isZero();
  }
}
