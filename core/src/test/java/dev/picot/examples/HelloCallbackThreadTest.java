/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.CallbackThread;
import dev.picot.LoopScheduler;
import dev.picot.Outcome;
import dev.picot.Task;
import dev.picot.TaskTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** The regions of docs/learn/hello-callback-thread.md. */
class HelloCallbackThreadTest {
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  @Test
  void sleepsThenGoesOn() throws Exception {
    try (LoopScheduler hello = LoopScheduler.create("hello")) {
      // region steps
      Task<Long> measured =
          Task.call(System::nanoTime)
              .flatMap(start -> Task.sleep(Duration.ofMillis(100)).map(done -> start))
              .map(start -> (System.nanoTime() - start) / 1_000_000)
              .named("measure");

      CallbackThread<Long> thread = hello.spawn(measured);
      // end region

      assertThat(thread.name()).isEqualTo("measure");
      assertThat(thread.block(DEADLINE)).isBetween(100L, 5_000L);
    }
  }

  @Test
  void releasesWhatItAcquires() throws Exception {
    List<String> events = new CopyOnWriteArrayList<>();
    try (LoopScheduler hello = LoopScheduler.create("hello")) {
      // region using
      Task<String> greeting =
          Task.using(
              Task.call(() -> events.add("open")),
              opened -> Task.<String>never().timeout(Duration.ofMillis(50)),
              (opened, outcome) -> Task.run(() -> events.add("close")));

      Task<String> answered =
          greeting.onErrorResume(TaskTimeoutException.class, late -> Task.value("nobody answered"));
      // end region

      assertThat(hello.spawn(answered).block(DEADLINE)).isEqualTo("nobody answered");
      assertThat(events).containsExactly("open", "close");
    }
  }

  @Test
  void cancels() throws Exception {
    try (LoopScheduler hello = LoopScheduler.create("hello")) {
      // region cancel
      CallbackThread<Void> waiting = hello.spawn("waiting", Task.never());
      waiting.cancel();
      // end region

      assertThat(waiting.toFuture().handle((value, error) -> waiting.outcome().orElseThrow()).get())
          .isInstanceOf(Outcome.Cancelled.class);
    }
  }
}
