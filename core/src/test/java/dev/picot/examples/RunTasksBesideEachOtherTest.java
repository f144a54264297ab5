/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.examples;

import static java.time.Duration.ZERO;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.picot.AdmissionRefusedException;
import dev.picot.CallbackThread;
import dev.picot.LoopScheduler;
import dev.picot.Outcome;
import dev.picot.Task;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The regions of docs/guides/run-tasks-beside-each-other.md. */
class RunTasksBesideEachOtherTest {
  private static final Duration LONG = ofSeconds(10);

  private final TimedTrace time = new TimedTrace("travel");
  private final List<String> ended = new ArrayList<>();

  @AfterEach
  void close() {
    time.close();
  }

  private <T> CallbackThread<T> run(Task<T> task) {
    return time.run(task, LONG);
  }

  private <T> T value(Task<T> task) throws Exception {
    return run(task).block(ZERO);
  }

  /** Gives its value after some time, and tells how it ended. */
  private Task<String> after(int millis, String value) {
    return after(millis, value, Task.value(value));
  }

  private Task<String> failing(int millis, String message) {
    return after(millis, message, Task.error(new UncheckedIOException(new IOException(message))));
  }

  private Task<String> after(int millis, String name, Task<String> end) {
    return Task.sleep(ofMillis(millis))
        .then(end)
        .doFinally(
            outcome ->
                ended.add(
                    time.now()
                        + " "
                        + name
                        + outcome.fold(v -> "", e -> " failed", () -> " cancelled")));
  }

  private Task<String> flight() {
    return after(300, "flight");
  }

  private Task<String> hotel() {
    return after(200, "hotel");
  }

  @Test
  void zipAndAll_waitForAll() throws Exception {
    // region zip
    Task<String> trip = Task.zip(flight(), hotel(), (flight, hotel) -> flight + " and " + hotel);
    // end region
    assertThat(value(trip)).isEqualTo("flight and hotel");
    assertThat(ended).containsExactly("200 hotel", "300 flight");

    List<String> cities = List.of("Rome", "Kyoto");
    // region all
    Task<List<String>> weather = Task.all(cities.stream().map(this::forecast).toList());
    // end region
    assertThat(value(weather)).containsExactly("Rome: sunny", "Kyoto: sunny");
  }

  private Task<String> forecast(String city) {
    return after(100, city + ": sunny");
  }

  @Test
  void all_theFirstFailureDecides() {
    CallbackThread<List<String>> thread =
        run(Task.all(List.of(flight(), failing(100, "no room"), hotel())));

    assertThatThrownBy(() -> thread.block(ZERO)).hasMessageContaining("no room");
    assertThat(ended)
        .containsExactly("100 no room failed", "100 flight cancelled", "100 hotel cancelled");
  }

  @Test
  void first_theFirstToEndDecides() throws Exception {
    // region first
    Task<String> hedged =
        Task.first(List.of(flight(), Task.sleep(ofMillis(50)).then(backupFlight())));
    // end region

    assertThat(value(hedged)).isEqualTo("backup");
    assertThat(ended).containsExactly("250 backup", "250 flight cancelled");
  }

  private Task<String> backupFlight() {
    return after(200, "backup");
  }

  @Test
  void firstSuccess_passesOverFailures() throws Exception {
    // region success
    Task<String> fromAnyMirror =
        Task.firstSuccess(Stream.of("a", "b", "c").map(this::download).toList());
    // end region

    assertThat(value(fromAnyMirror)).isEqualTo("b");
    assertThat(ended).containsExactly("10 a failed", "20 b", "20 c cancelled");
  }

  private Task<String> download(String mirror) {
    return switch (mirror) {
      case "a" -> failing(10, mirror);
      case "b" -> after(20, mirror);
      default -> after(30, mirror);
    };
  }

  @Test
  void fork_runsBeside_andJoinAsksForTheOutcome() throws Exception {
    // region fork
    Task<String> order =
        Task.fork(flight())
            .flatMap(
                flight ->
                    hotel()
                        .flatMap(hotel -> flight.join().map(booked -> booked + " after " + hotel)));
    // end region

    assertThat(value(order)).isEqualTo("flight after hotel");
    assertThat(time.now()).isEqualTo(LONG.toMillis());
    assertThat(ended).containsExactly("200 hotel", "300 flight");
  }

  @Test
  void fork_theChildEndsWithItsParent() throws Exception {
    // region owned
    Task<String> hotelOnly = Task.fork(flight()).then(hotel());
    // end region

    assertThat(value(hotelOnly)).isEqualTo("hotel");
    assertThat(ended).containsExactly("200 hotel", "200 flight cancelled");
  }

  @Test
  void fork_aFailureIsForWhoJoins() throws Exception {
    // region failure
    Task<String> careful =
        Task.fork(failing(100, "no seat"))
            .flatMap(seat -> hotel().then(seat.join().onErrorResume(e -> Task.value("standing"))));
    // end region

    assertThat(value(careful)).isEqualTo("standing");
    assertThat(ended).containsExactly("100 no seat failed", "200 hotel");
  }

  @Test
  void cancel_endsTheChildrenFirst() {
    CallbackThread<String> trip =
        time.scheduler()
            .spawn(
                Task.zip(flight(), hotel(), String::concat)
                    .doFinally(outcome -> ended.add(time.now() + " trip " + outcome)));
    time.pass(ofMillis(100));

    assertThat(trip.cancel()).isTrue();
    time.pass(ofMillis(1));

    assertThat(trip.outcome()).contains(new Outcome.Cancelled<>());
    assertThat(ended)
        .containsExactlyInAnyOrder(
            "100 flight cancelled", "100 hotel cancelled", "100 trip Cancelled[]")
        .last()
        .isEqualTo("100 trip Cancelled[]");
  }

  @Test
  void runIn_runsOnTheOtherScheduler_andComesHome() throws Exception {
    try (LoopScheduler shop = LoopScheduler.builder("shop").loops(1).build();
        LoopScheduler payments = LoopScheduler.builder("payments").loops(1).build()) {
      // region in
      Task<String> paid = charge().runIn(payments).map(receipt -> receipt + ", home on " + loop());
      // end region

      assertThat(shop.spawn(paid).block(Duration.ofSeconds(30)))
          .isEqualTo("charged on payments-1, home on shop-1");
    }
  }

  private static Task<String> charge() {
    return Task.call(() -> "charged on " + loop());
  }

  private static String loop() {
    return Thread.currentThread().getName();
  }

  @Test
  void aboveTheLimit_childrenAreRefused() throws Exception {
    try (LoopScheduler small =
        LoopScheduler.builder("small").loops(1).maxCallbackThreads(2).build()) {
      Task<String> three =
          Task.all(List.of(Task.never(), Task.never()))
              .then(Task.value(""))
              .onErrorResume(AdmissionRefusedException.class, full -> Task.value("refused"));

      assertThat(small.spawn(three).block(Duration.ofSeconds(30))).isEqualTo("refused");
    }
  }
}
