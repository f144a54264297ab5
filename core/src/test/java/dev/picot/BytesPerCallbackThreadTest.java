/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/**
 * What a parked callback thread costs: in a shared sleep, with one continuation and one capturing
 * lambda; timer wheel and inbox included.
 */
class BytesPerCallbackThreadTest {
  private static final int THREADS = 1_000_000;
  private static final double FIRST_MILESTONE = 112;

  @Test
  void aParkedCallbackThreadIsSmall() {
    Task<Void> sleep = Task.sleep(Duration.ofHours(1));
    LoopScheduler scheduler =
        LoopScheduler.builder("bytes").loops(1).maxCallbackThreads(THREADS + 1).build();
    try {
      long before = usedAfterCollection();

      for (int i = 0; i < THREADS; i++) {
        int captured = i;
        CallbackThread<Integer> parked = scheduler.spawn(sleep.map(done -> captured));
        assertThat(parked).isNotNull();
      }
      Schedulers.settle(scheduler);
      double bytes = (double) (usedAfterCollection() - before) / THREADS;

      System.out.printf(
          Locale.ROOT, "P1 bytes per parked callback thread, 1 million: %.1f%n", bytes);
      assertThat(scheduler.stats().live()).isEqualTo(THREADS);
      assertThat(bytes).isBetween(40.0, FIRST_MILESTONE);
    } finally {
      scheduler.closeNow();
      scheduler.close();
    }
  }

  private static long usedAfterCollection() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}
