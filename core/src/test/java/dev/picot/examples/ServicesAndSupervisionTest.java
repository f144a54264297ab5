/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.examples;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.picot.AdmissionRefusedException;
import dev.picot.CallbackThread;
import dev.picot.Task;
import dev.picot.service.ServiceHealth;
import dev.picot.service.ServiceRouter;
import dev.picot.service.Supervisor;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The regions of docs/guides/services-and-supervision.md. */
class ServicesAndSupervisionTest {
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  private final AtomicInteger polls = new AtomicInteger();

  @Test
  void aSaturatedService_leavesTheOtherAlone() throws Exception {
    Task<String> order = Task.value("ordered");
    // region router
    try (ServiceRouter services =
        ServiceRouter.builder()
            .service("checkout")
            .service("search", search -> search.loops(1).maxCallbackThreads(1))
            .build()) {
      CallbackThread<String> ordered = services.scheduler("checkout").spawn(order);
      // end region
      CallbackThread<Void> searching = services.scheduler("search").spawn(Task.never());
      assertThatThrownBy(() -> services.scheduler("search").spawn(order))
          .isInstanceOf(AdmissionRefusedException.class);
      assertThat(ordered.block(DEADLINE)).isEqualTo("ordered");

      // region health
      CallbackThread<List<ServiceHealth>> health = services.health(ofSeconds(5));
      CallbackThread<String> dump = services.dump();
      // end region

      assertThat(health.block(DEADLINE))
          .extracting(ServiceHealth::answer)
          .containsExactly(ServiceHealth.Answer.ANSWERS, ServiceHealth.Answer.REFUSES);
      assertThat(dump.block(DEADLINE)).contains("search");
      searching.cancel();
    }
  }

  private Task<Integer> pollOnce() {
    return Task.call(
        () -> {
          if (polls.incrementAndGet() == 2) {
            throw new IllegalStateException("the broker has gone");
          }
          return polls.get();
        });
  }

  private Task<Void> pollForEver() {
    return pollOnce().flatMap(n -> Task.sleep(ofMillis(1))).then(Task.defer(this::pollForEver));
  }

  @Test
  void aPollerThatFails_goesOn() throws Exception {
    CountDownLatch restarted = new CountDownLatch(1);
    try (ServiceRouter services = ServiceRouter.builder().service("jobs").build()) {
      // region supervisor
      Supervisor outbox =
          Supervisor.builder("outbox")
              .child("poller", () -> pollForEver())
              .maxRestarts(5, ofMinutes(1))
              .onRestart(ended -> restarted.countDown())
              .build();
      CallbackThread<Void> running = outbox.start(services.scheduler("jobs"));
      // end region

      assertThat(restarted.await(30, TimeUnit.SECONDS)).isTrue();
      // region stop
      running.cancel();
      // end region
      assertThat(running.toFuture()).failsWithin(DEADLINE);
      assertThat(polls.get()).isGreaterThanOrEqualTo(2);
    }
  }
}
