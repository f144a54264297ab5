/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.examples;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.CallbackThread;
import dev.picot.LoopScheduler;
import dev.picot.Task;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ReadmeExampleTest {
  @Test
  void printsWhatTheReadmeSays() throws Exception {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    PrintStream console = System.out;
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      runExample();
    } finally {
      System.setOut(console);
    }

    assertThat(printed.toString(StandardCharsets.UTF_8).strip()).isEqualTo("two cups for 12");
  }

  private static void runExample() throws Exception {
    // region readme
    try (LoopScheduler shop = LoopScheduler.create("shop")) {
      Task<String> order =
          Task.call(() -> "two cups") // a step, on the loop
              .mapBlocking(cups -> cups + " for " + readPrice()) // on the pool, then home again
              .flatMap(line -> Task.sleep(ofMillis(100)).map(done -> line)) // holds no thread
              .timeout(ofSeconds(2))
              .named("order");

      CallbackThread<String> running = shop.spawn(order);
      System.out.println(running.block(ofSeconds(5)));
    }
    // end region
  }

  private static int readPrice() {
    return 12;
  }
}
