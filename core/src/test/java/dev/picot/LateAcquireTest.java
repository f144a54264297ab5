/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import static dev.picot.Takeovers.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What an acquire gives after its callback thread was cancelled is released. */
class LateAcquireTest {
  private final LoopScheduler scheduler = LoopScheduler.builder("late").build();
  private final CountDownLatch released = new CountDownLatch(1);

  @AfterEach
  void close() {
    scheduler.closeNow();
    scheduler.close();
    Schedulers.awaitHouseEmpty();
  }

  @Test
  void releasesWhatAJoinGivesLate() throws Exception {
    AtomicReference<AsyncSink<String>> sink = new AtomicReference<>();
    CallbackThread<String> opening = scheduler.spawn(Task.async(sink::set));
    awaitWaiting(opening);
    CallbackThread<Void> thread = scheduler.spawn(usingLate(opening.join()));
    cancelWhileWaiting(thread);

    assertThat(sink.get().success("connection")).isTrue();

    assertReleased();
  }

  @Test
  void releasesWhatAnAsyncGivesLate() throws Exception {
    AtomicReference<AsyncSink<String>> sink = new AtomicReference<>();
    CallbackThread<Void> thread = scheduler.spawn(usingLate(Task.async(sink::set)));
    cancelWhileWaiting(thread);

    assertThat(sink.get().success("connection")).as("somebody takes it").isTrue();
    assertThat(sink.get().success("another")).as("and nobody takes another").isFalse();

    assertReleased();
  }

  private Task<Void> usingLate(Task<String> acquire) {
    return Task.using(
        acquire, connection -> Task.done(), (connection, outcome) -> Task.run(released::countDown));
  }

  private void cancelWhileWaiting(CallbackThread<?> thread) {
    awaitWaiting(thread);
    thread.cancel();
    assertThatThrownBy(() -> thread.block(LONG)).isInstanceOf(CancellationException.class);
  }

  private void awaitWaiting(CallbackThread<?> thread) {
    Takeovers.until(scheduler, "it waits", () -> thread.state() == CallbackThread.State.WAITING);
  }

  private void assertReleased() throws InterruptedException {
    assertThat(released.await(LONG.toSeconds(), TimeUnit.SECONDS)).as("released").isTrue();
  }
}
