/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Dumps of very many callback threads. */
class DumpOfManyTest {
  private static final int THREADS = 100_000;
  private static final Duration FIRST_MILESTONE = Duration.ofSeconds(1);
  private static final int ROUNDS = 5;

  @Test
  void whileALoopIsStuck_aHundredThousandAreDumped_andTheOtherLoopGoesOn() throws Exception {
    LoopScheduler scheduler =
        LoopScheduler.builder("many").loops(2).maxCallbackThreads(2 * THREADS).build();
    StuckStep stuck = new StuckStep();
    try {
      spawnWaiting(scheduler);
      scheduler.spawn(Task.run(stuck));
      stuck.awaitEntered();

      long best = Long.MAX_VALUE;
      for (int i = 0; i < ROUNDS; i++) {
        long began = System.nanoTime();
        String dump = scheduler.inspect().dump();
        best = Math.min(best, System.nanoTime() - began);
        assertThat(dump.lines().filter(line -> line.startsWith("#"))).hasSize(THREADS + 1);
      }

      System.out.printf(
          Locale.ROOT,
          "P16 dump of 100,000 callback threads while a loop is stuck: %d ms%n",
          TimeUnit.NANOSECONDS.toMillis(best));
      assertThat(Duration.ofNanos(best)).isLessThan(FIRST_MILESTONE);
    } finally {
      stuck.release();
      Takeovers.closeClean(scheduler);
    }
  }

  @Test
  void aBusyLoop_answersInPortions_andHoldsNobodyUp() throws Exception {
    LoopScheduler scheduler =
        LoopScheduler.builder("busy").loops(1).maxCallbackThreads(2 * THREADS).build();
    try {
      spawnWaiting(scheduler);
      CallbackThread<?> busy = scheduler.spawn(yields());
      Schedulers.passTurn(scheduler);

      for (int i = 0; i < ROUNDS; i++) {
        List<CallbackThreadInfo> all = scheduler.inspect().callbackThreads();
        assertThat(all).hasSize(THREADS + 1);
        assertThat(all).extracting(CallbackThreadInfo::id).doesNotHaveDuplicates();
      }

      busy.cancel();
      Deadline.outcome(busy);
    } finally {
      Takeovers.closeClean(scheduler);
    }
  }

  @Test
  void whateverMoves_whileABusyLoopAnswers_nobodyIsMissing() throws Exception {
    LoopScheduler scheduler = LoopScheduler.builder("moving").loops(1).build();
    try {
      List<Long> ids = new ArrayList<>();
      Random random = new Random(7);
      for (int i = 0; i < 5_000; i++) {
        ids.add(scheduler.spawn(moves(Duration.ofMillis(1 + random.nextInt(300)))).id());
      }
      CallbackThread<?> busy = scheduler.spawn(yields());
      ids.add(busy.id());
      Schedulers.passTurn(scheduler);

      for (int i = 0; i < 10 * ROUNDS; i++) {
        assertThat(scheduler.inspect().callbackThreads())
            .extracting(CallbackThreadInfo::id)
            .containsExactlyElementsOf(ids);
      }
    } finally {
      Takeovers.closeClean(scheduler);
    }
  }

  private static Task<Void> moves(Duration pause) {
    return Task.sleep(pause).flatMap(done -> moves(pause));
  }

  private static void spawnWaiting(LoopScheduler scheduler) {
    Task<Void> sleep = Task.sleep(Duration.ofHours(1));
    for (int i = 0; i < THREADS; i++) {
      CallbackThread<?> unused = scheduler.spawn(i % 2 == 0 ? sleep : Task.never());
    }
    Schedulers.settle(scheduler);
  }

  private static Task<Void> yields() {
    return Task.yieldNow().flatMap(done -> yields());
  }
}
