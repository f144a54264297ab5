/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.ElasticPoolSaturatedException;
import dev.picot.LoopScheduler;
import dev.picot.Task;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** The regions of docs/guides/call-blocking-code.md. */
class CallBlockingCodeTest {
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  private final LegacyPrices legacy = new LegacyPrices();

  @Test
  void hopsAndComesHome() throws Exception {
    try (LoopScheduler checkout = LoopScheduler.create("checkout")) {
      // region hop
      Task<String> receipt =
          Task.call(() -> "tea")
              .mapBlocking(legacy::price) // on an elastic thread
              .map(price -> "tea costs " + price); // on the loop again
      // end region

      assertThat(checkout.spawn(receipt).block(DEADLINE)).isEqualTo("tea costs 3");
    }
  }

  @Test
  void refusesBeyondItsLimits() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    // region limits
    LoopScheduler.Builder builder =
        LoopScheduler.builder("checkout")
            .loops(1)
            .elastic(elastic -> elastic.maxThreads(1).maxQueued(1));
    // end region
    try (LoopScheduler checkout = builder.build()) {
      Task<Void> slow = Task.blockingRun(release::await);
      checkout.spawn(slow);
      checkout.spawn(slow);

      // region refused
      Task<String> answer =
          Task.blocking(() -> legacy.price("tea"))
              .map(price -> "200 " + price)
              .onErrorResume(
                  ElasticPoolSaturatedException.class,
                  full -> Task.value("503, retry after " + full.retryAfter().toSeconds() + " s"));
      // end region

      String refused = checkout.spawn(answer).block(DEADLINE);

      release.countDown();
      assertThat(refused).isEqualTo("503, retry after 1 s");
    }
  }

  private static final class LegacyPrices {
    int price(String article) {
      return article.length();
    }
  }
}
