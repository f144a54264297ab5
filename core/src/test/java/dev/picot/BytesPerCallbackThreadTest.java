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
import javax.management.JMException;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;

/**
 * What a parked callback thread costs: in a shared sleep, with one continuation and one capturing
 * lambda; timer wheel and inbox included.
 */
class BytesPerCallbackThreadTest {
  private static final int THREADS = 1_000_000;
  private static final double FIRST_MILESTONE = 112;

  /**
   * 96 for its objects, and a little that a million share: wheel, inbox, classes loaded meanwhile.
   */
  private static final double FIRST_MILESTONE_WITH_COMPACT_HEADERS = 96.5;

  @Test
  void aParkedCallbackThreadIsSmall() throws Exception {
    Task<Void> sleep = Task.sleep(Duration.ofHours(1));
    LoopScheduler scheduler =
        LoopScheduler.builder("bytes").loops(1).maxCallbackThreads(THREADS + 1).build();
    try {
      long before = liveBytes();

      for (int i = 0; i < THREADS; i++) {
        int captured = i;
        CallbackThread<Integer> parked = scheduler.spawn(sleep.map(done -> captured));
        assertThat(parked).isNotNull();
      }
      Schedulers.settle(scheduler);
      double bytes = (double) (liveBytes() - before) / THREADS;

      System.out.printf(
          Locale.ROOT, "P1 bytes per parked callback thread, 1 million: %.1f%n", bytes);
      assertThat(scheduler.stats().live()).isEqualTo(THREADS);
      assertThat(bytes)
          .isBetween(
              40.0, hasCompactHeaders() ? FIRST_MILESTONE_WITH_COMPACT_HEADERS : FIRST_MILESTONE);
    } finally {
      scheduler.closeNow();
      scheduler.close();
    }
  }

  /**
   * The bytes of all live objects, by the histogram of their classes: the used heap would be off by
   * tens of megabytes, because not every collection compacts.
   */
  private static long liveBytes() throws JMException {
    String histogram =
        (String)
            ManagementFactory.getPlatformMBeanServer()
                .invoke(
                    new ObjectName("com.sun.management:type=DiagnosticCommand"),
                    "gcClassHistogram",
                    new Object[] {new String[0]},
                    new String[] {String[].class.getName()});
    String total = histogram.substring(histogram.lastIndexOf("Total"));
    return Long.parseLong(total.substring(total.trim().lastIndexOf(' ')).trim());
  }

  private static boolean hasCompactHeaders() {
    return ManagementFactory.getRuntimeMXBean()
        .getInputArguments()
        .contains("-XX:+UseCompactObjectHeaders");
  }
}
