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
import dev.picot.stream.Mailbox;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Zackernel's samples {@code producer-consumer-1}, where both sleep, and {@code
 * producer-consumer-2}, where the producer never does.
 */
class ProducerConsumerTest {
  private static final String FIRST =
      """
      0 low
      500 high
      1000 low
      1500 high
      2000 low
      """;

  private static final String SECOND =
      """
      0 producer reads up
      0 producer reads up
      0 consumer writes up
      0 producer reads up
      10 consumer writes up
      10 producer reads up
      20 consumer writes up
      20 producer reads up
      30 consumer writes up
      30 producer reads down
      40 consumer writes up
      40 producer reads down
      50 consumer writes down
      50 producer reads up
      """;

  private final TimedTrace board = new TimedTrace("board");

  /** What the samples share. */
  private volatile String led1 = "low";

  /** What the consumer has written last. */
  private String written = "";

  @AfterEach
  void turnOff() {
    board.close();
  }

  private void write(String level) {
    if (!level.equals(written)) {
      written = level;
      board.note(level);
    }
  }

  private String readSwitch() {
    String position = board.now() >= 25 && board.now() < 45 ? "down" : "up";
    board.note("producer reads " + position);
    return position;
  }

  @Test
  void sample1_asItIs_consumerLooksEveryTenMilliseconds() {
    Task<Void> producer =
        Task.loop(
            () ->
                Task.run(() -> led1 = "low")
                    .then(Task.sleep(ofMillis(500)))
                    .then(Task.run(() -> led1 = "high"))
                    .then(Task.sleep(ofMillis(500))));
    Task<Void> consumer =
        Task.loop(() -> Task.run(() -> write(led1)).then(Task.sleep(ofMillis(10))));
    board.scheduler().spawn(Task.all(List.of(producer, consumer)));

    board.pass(ofSeconds(2));

    assertThat(board).hasToString(FIRST);
  }

  @Test
  void sample1_withAMailbox_consumerIsWoken() {
    // region first
    Mailbox<String> led = Mailbox.latest();
    Task<Void> producer =
        Task.loop(
            () ->
                led.send("low")
                    .then(Task.sleep(ofMillis(500)))
                    .then(led.send("high"))
                    .then(Task.sleep(ofMillis(500))));
    Task<Void> consumer = led.forEach(level -> Task.run(() -> write(level)));
    Task<?> sample = Task.all(List.of(producer, consumer));
    // end region
    board.scheduler().<Object>spawn(sample);

    board.pass(ofSeconds(2));

    assertThat(board).hasToString(FIRST);
  }

  @Test
  void sample2_withAMailbox_producerWaitsForRoom() {
    // region second
    Mailbox<String> led = Mailbox.bounded(1);
    Task<Void> producer = Task.loop(() -> led.send(readSwitch()));
    Task<Void> consumer =
        led.forEach(
            position ->
                Task.run(() -> board.note("consumer writes " + position))
                    .then(Task.sleep(ofMillis(10))));
    Task<?> sample = Task.all(List.of(producer, consumer));
    // end region
    board.scheduler().<Object>spawn(sample);

    board.pass(ofMillis(50));

    assertThat(board).hasToString(SECOND);
  }

  /** In real time: in virtual time nothing passes while somebody is ready. */
  @Test
  void sample2_asItIs_producerThatNeverWaitsDoesNotStarveTheConsumer() throws Exception {
    AtomicLong produced = new AtomicLong();
    try (LoopScheduler one = LoopScheduler.builder("one").loops(1).build()) {
      Task<Void> producer = Task.loop(() -> Task.run(produced::incrementAndGet));
      Task<Void> consumer =
          Task.forLoop(
              0,
              10,
              i ->
                  Task.call(produced::get)
                      .flatMap(
                          before ->
                              Task.sleep(ofMillis(10))
                                  .then(
                                      Task.run(
                                          () ->
                                              assertThat(produced.get())
                                                  .as("the producer goes on meanwhile")
                                                  .isGreaterThan(before)))));

      CallbackThread<Void> sample = one.spawn(Task.first(List.of(producer, consumer)));

      sample.block(Duration.ofSeconds(30));
    }
  }
}
