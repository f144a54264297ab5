/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit.cases;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.junit.NoBlocking;
import dev.picot.junit.Sightings;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Tests of an application on plain Reactor. */
public class ReactorTestCases {
  private static final Duration SHORT = Duration.ofMillis(2);
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @Test
  @NoBlocking
  void clean() {
    Flux<Long> ticks = Flux.interval(Duration.ofMillis(5)).take(10).map(i -> i * 2);

    assertThat(ticks.collectList().block(PATIENCE)).hasSize(10);
  }

  @Test
  @NoBlocking
  void sleeps() {
    Mono.delay(SHORT).doOnNext(tick -> Blockers.sleep(SHORT)).block(PATIENCE);
  }

  @Test
  void sleepsUnobserved() {
    Mono.delay(SHORT).doOnNext(tick -> Blockers.sleep(SHORT)).block(PATIENCE);
  }

  @Test
  @NoBlocking
  void sleepsWhereItMay() {
    Mono.fromRunnable(() -> Blockers.sleep(SHORT))
        .subscribeOn(Schedulers.boundedElastic())
        .block(PATIENCE);
  }

  @Test
  @NoBlocking
  void sleepsAndSwallowsTheError() {
    Mono.delay(SHORT)
        .map(
            tick -> {
              Blockers.sleep(SHORT);
              throw new IllegalStateException("swallowed below");
            })
        .onErrorComplete()
        .block(PATIENCE);
  }

  @Test
  @NoBlocking
  void sleepsAndFails() {
    Mono.delay(SHORT).doOnNext(tick -> Blockers.sleep(SHORT)).block(PATIENCE);

    throw new IllegalStateException("the test's own");
  }

  @Test
  @NoBlocking
  void waitsForAFuture() {
    CompletableFuture<String> future = new CompletableFuture<>();
    Mono<String> waiting =
        Mono.fromCallable(() -> Futures.waitFor(future)).subscribeOn(Schedulers.parallel());

    CompletableFuture<String> result = waiting.toFuture();
    Sightings.await();
    future.complete("done");

    assertThat(result.join()).isEqualTo("done");
  }

  @Test
  @NoBlocking
  void sleepsInTwoPlacesAndOneOfThemTwice() {
    Mono.delay(SHORT).doOnNext(tick -> Blockers.sleep(SHORT)).block(PATIENCE);
    Flux.just(1, 2)
        .publishOn(Schedulers.single())
        .doOnNext(item -> Blockers.sleep(SHORT))
        .blockLast(PATIENCE);
  }

  @Test
  @NoBlocking(stallAfterMillis = 100)
  void sleepsForLong() {
    Mono.delay(SHORT).doOnNext(tick -> Blockers.sleep(Duration.ofMillis(1_500))).block(PATIENCE);
  }

  @Test
  @NoBlocking(stallAfterMillis = 60)
  void entersAContendedMonitor() throws Exception {
    Object lock = new Object();
    CompletableFuture<Void> entered;
    synchronized (lock) {
      entered =
          Mono.<Void>fromRunnable(() -> Blockers.enter(lock))
              .subscribeOn(Schedulers.parallel())
              .toFuture();
      Sightings.await();
    }
    entered.get();
  }

  @Test
  @NoBlocking(stallAfterMillis = 60)
  void endsBeforeItsStallIsLong() throws Exception {
    Object lock = new Object();
    CountDownLatch held = new CountDownLatch(1);
    Thread holder =
        new Thread(
            () -> {
              synchronized (lock) {
                held.countDown();
                Sightings.await();
              }
            },
            "holder-0");
    holder.start();
    held.await();

    CountDownLatch entering = new CountDownLatch(1);
    Schedulers.parallel()
        .schedule(
            () -> {
              entering.countDown();
              Blockers.enter(lock);
            });
    entering.await();
  }

  @Test
  @NoBlocking(stallAfterMillis = 60)
  void receivesADatagram() throws Exception {
    try (DatagramChannel receiver = DatagramChannel.open();
        DatagramChannel sender = DatagramChannel.open()) {
      receiver.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      CompletableFuture<Void> received =
          Mono.<Void>fromRunnable(() -> Blockers.receive(receiver))
              .subscribeOn(Schedulers.parallel())
              .toFuture();
      Sightings.await();
      sender.send(ByteBuffer.allocate(1), receiver.getLocalAddress());
      received.get();
    }
  }

  @Test
  @NoBlocking(stallAfterMillis = 60)
  void spins() {
    Mono.fromRunnable(() -> Blockers.spinUntil(Sightings::any))
        .subscribeOn(Schedulers.parallel())
        .block(PATIENCE);
  }

  /** A class of the application that waits in a method of its own. */
  static final class Futures {
    private Futures() {}

    static String waitFor(CompletableFuture<String> future) throws Exception {
      return future.get();
    }
  }
}
