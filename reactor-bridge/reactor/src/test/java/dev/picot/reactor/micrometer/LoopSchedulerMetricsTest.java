/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.picot.CallbackThread;
import dev.picot.LoopScheduler;
import dev.picot.Task;
import dev.picot.reactor.Loops;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class LoopSchedulerMetricsTest {
  private static final Path TABLE = Path.of("../../docs/reference/metrics.md");

  @RegisterExtension final Loops loops = new Loops();

  private final MeterRegistry registry = new SimpleMeterRegistry();
  private final LoopScheduler scheduler = loops.make("checkout");
  private final LoopSchedulerMetrics metrics = new LoopSchedulerMetrics(scheduler);

  private double value(String name, String... tags) {
    return registry.get(name).tags(tags).meter().measure().iterator().next().getValue();
  }

  private static void awaitEnd(CallbackThread<?> thread) {
    Loops.await(() -> thread.outcome().isPresent());
  }

  @Test
  void theMetersAreThoseOfTheTable() throws IOException {
    metrics.bindTo(registry);

    Set<String> rows = new TreeSet<>();
    for (String line : Files.readAllLines(TABLE)) {
      if (line.startsWith("| `picot.") && !line.startsWith("| `picot.connections.")) {
        String[] cells = line.split("\\|", -1);
        rows.add(cells[1].strip() + cells[2].strip() + cells[3].strip());
      }
    }
    Set<String> meters = new TreeSet<>();
    for (Meter meter : registry.getMeters()) {
      String unit = meter.getId().getBaseUnit();
      String type = meter.getId().getType().name().toLowerCase(Locale.ROOT);
      meters.add("`" + meter.getId().getName() + "`" + type + (unit == null ? "" : unit));
    }
    assertThat(meters).isEqualTo(rows);
  }

  @Test
  void theNumberOfMeters_isTheSameForAnyNumberOfLoopsAndCallbackThreads() {
    metrics.bindTo(registry);
    int few = registry.getMeters().size();
    LoopScheduler many = loops.make("many", builder -> builder.loops(8));
    awaitEnd(many.spawn("busy", Task.done()));

    new LoopSchedulerMetrics(many).bindTo(registry);

    assertThat(registry.getMeters()).hasSize(2 * few);
    assertThat(registry.getMeters())
        .allSatisfy(meter -> assertThat(meter.getId().getTag("scheduler")).isNotNull());
  }

  @Test
  void metersTellWhatTheSchedulerDoes() throws InterruptedException {
    metrics.bindTo(registry);
    CountDownLatch inCall = new CountDownLatch(1);
    CountDownLatch mayReturn = new CountDownLatch(1);
    CallbackThread<?> calling =
        scheduler.spawn(
            Task.blockingRun(
                () -> {
                  inCall.countDown();
                  mayReturn.await();
                }));
    CallbackThread<?> sleeping = scheduler.spawn(Task.sleep(Duration.ofHours(1)));
    awaitEnd(scheduler.spawn(Task.done()));
    Loops.await(inCall);

    assertThat(value("picot.callback.threads.live")).isEqualTo(2);
    assertThat(value("picot.loops")).isEqualTo(2);
    assertThat(value("picot.elastic.active")).isEqualTo(1);
    assertThat(value("picot.elastic.threads")).isEqualTo(1);
    Loops.await(() -> value("picot.loops.timers") == 1);

    mayReturn.countDown();
    awaitEnd(calling);
    sleeping.cancel();
    awaitEnd(sleeping);
    awaitEnd(scheduler.spawn(Task.error(new IOException("disk full"))));

    assertThat(value("picot.callback.threads.live")).isZero();
    assertThat(value("picot.callback.threads.ended", "outcome", "completed")).isEqualTo(2);
    assertThat(value("picot.callback.threads.ended", "outcome", "cancelled")).isEqualTo(1);
    assertThat(value("picot.callback.threads.ended", "outcome", "failed")).isEqualTo(1);
    assertThat(value("picot.elastic.calls")).isEqualTo(1);
    Loops.await(() -> value("picot.loops.slices") >= 4);
  }

  @Test
  void durationsAreInSeconds() {
    long began = System.nanoTime();
    metrics.bindTo(registry);

    awaitEnd(scheduler.spawn(Task.forLoop(0, 1_000, i -> Task.yieldNow())));

    Loops.await(() -> value("picot.loops.hold") > 0);
    double hold = value("picot.loops.hold");
    assertThat(hold).isLessThan((System.nanoTime() - began) / 1e9);
    assertThat(value("picot.loops.utilisation")).isBetween(0.0, 1.0);
  }

  @Test
  void close_removesTheMeters_andNoOthers() {
    registry.counter("mine", "scheduler", "checkout");
    metrics.bindTo(registry);
    var another = new SimpleMeterRegistry();
    metrics.bindTo(another);

    metrics.close();
    metrics.close();

    assertThat(registry.getMeters())
        .extracting(meter -> meter.getId().getName())
        .containsExactly("mine");
    assertThat(another.getMeters()).isEmpty();
  }

  @Test
  void theEndOfTheScheduler_removesTheMeters() {
    LoopScheduler checkout = scheduler;
    // region bind
    new LoopSchedulerMetrics(checkout).bindTo(registry);
    // end region
    assertThat(registry.getMeters()).isNotEmpty();

    checkout.close();

    Loops.await(() -> registry.getMeters().isEmpty());
  }

  @Test
  void close_makesRoomForASchedulerOfTheSameName() {
    metrics.bindTo(registry);
    scheduler.close();
    metrics.close();

    new LoopSchedulerMetrics(loops.make("checkout", builder -> builder.loops(1))).bindTo(registry);

    assertThat(value("picot.loops")).isEqualTo(1);
  }

  @Test
  void bindAfterClose_registersNothing() {
    metrics.close();

    metrics.bindTo(registry);

    assertThat(registry.getMeters()).isEmpty();
  }

  @Test
  void bindAfterClose_registersNothing_besideASchedulerOfTheSameName() {
    metrics.close();
    new LoopSchedulerMetrics(loops.make("checkout", builder -> builder.loops(1))).bindTo(registry);
    int meters = registry.getMeters().size();

    metrics.bindTo(registry);

    assertThat(registry.getMeters()).hasSize(meters);
    assertThat(value("picot.loops")).isEqualTo(1);
  }

  @Test
  void aSecondSchedulerOfTheSameName_isRefused() {
    metrics.bindTo(registry);
    var rival = new LoopSchedulerMetrics(loops.make("checkout"));

    assertThatThrownBy(() -> rival.bindTo(registry))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("'checkout'")
        .hasMessageContaining("another name");
    rival.close();

    assertThat(registry.find("picot.loops").tags("scheduler", "checkout").meter()).isNotNull();
  }

  @Test
  void nullIsRefused() {
    assertThatThrownBy(() -> new LoopSchedulerMetrics(null)).hasMessage("scheduler");
    assertThatThrownBy(() -> metrics.bindTo(null)).hasMessage("registry");
  }
}
