/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit.cases;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.LoopScheduler;
import dev.picot.Task;
import dev.picot.junit.NoBlocking;
import dev.picot.reactor.CallbackMono;
import dev.picot.reactor.CallbackSchedulers;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** Tests of an application that uses Reactor on Picot's loops. */
@NoBlocking
public class BridgeTestCases {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofMillis(2);

  private LoopScheduler scheduler;
  private Scheduler view;

  @BeforeEach
  void open() {
    scheduler = LoopScheduler.builder("checkout").loops(2).build();
    view = CallbackSchedulers.of(scheduler);
  }

  @AfterEach
  void close() {
    scheduler.close();
  }

  @Test
  void clean() {
    Mono<Integer> chain =
        Mono.delay(SHORT, view)
            .then(CallbackMono.<Integer>blocking(() -> 20))
            .flatMap(value -> CallbackMono.home(Mono.delay(SHORT).thenReturn(value + 1)))
            .flatMap(value -> CallbackMono.blocking(scheduler, () -> sleepy(value)));

    assertThat(CallbackMono.of(scheduler, Task.await(chain)).block(PATIENCE)).isEqualTo(42);
    assertThat(Flux.range(0, 10_000).publishOn(view).count().block(PATIENCE)).isEqualTo(10_000);
  }

  private static int sleepy(int value) {
    Blockers.sleep(SHORT);
    return 2 * value;
  }

  @Test
  void operatorSleeps() {
    Flux.just(1).publishOn(view).doOnNext(item -> Blockers.sleep(SHORT)).blockLast(PATIENCE);
  }
}
