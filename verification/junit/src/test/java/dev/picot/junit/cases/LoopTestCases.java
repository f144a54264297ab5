/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit.cases;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.CallbackThread;
import dev.picot.LoopScheduler;
import dev.picot.Task;
import dev.picot.junit.NoBlocking;
import dev.picot.junit.Sightings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests of an application on Picot's own loops. */
@NoBlocking(stallAfterMillis = 80)
public class LoopTestCases {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private LoopScheduler scheduler;

  @BeforeEach
  void open() {
    scheduler = LoopScheduler.builder("checkout").loops(2).build();
  }

  @AfterEach
  void close() {
    scheduler.close();
  }

  private <T> T run(Task<T> task) throws Exception {
    return scheduler.spawn(task).block(PATIENCE);
  }

  @Test
  void clean() throws Exception {
    Task<Integer> hops =
        Task.sleep(Duration.ofMillis(1))
            .then(Task.blocking(() -> 20))
            .map(value -> value + 1)
            .mapBlocking(value -> 2 * value)
            .flatMap(value -> Task.yieldNow().then(Task.value(value)));
    List<CallbackThread<Integer>> running = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      running.add(scheduler.spawn(hops));
    }
    for (CallbackThread<Integer> thread : running) {
      assertThat(thread.block(PATIENCE)).isEqualTo(42);
    }
  }

  @Test
  void blocksWhereItMay() throws Exception {
    run(Task.blockingRun(() -> Blockers.sleep(Duration.ofMillis(200))));
  }

  // region violation
  @Test
  void stepSleeps() throws Exception {
    Task<Void> price = Task.run(() -> Blockers.sleep(Duration.ofMillis(2))).named("price");
    run(Task.done().then(price).named("order"));
  }

  // end region

  @Test
  void stepEntersAContendedMonitor() throws Exception {
    Object lock = new Object();
    CallbackThread<Void> thread;
    synchronized (lock) {
      thread = scheduler.spawn("order", Task.run(() -> Blockers.enter(lock)));
      Sightings.await();
    }
    thread.block(PATIENCE);
  }

  @Test
  void executorTaskSleeps() throws Exception {
    Task<Void> done =
        Task.async(
            sink ->
                scheduler
                    .executor()
                    .execute(
                        () -> {
                          Blockers.sleep(Duration.ofMillis(2));
                          sink.success(null);
                        }));
    run(done);
  }
}
