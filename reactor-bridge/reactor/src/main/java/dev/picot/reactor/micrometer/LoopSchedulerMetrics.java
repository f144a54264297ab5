/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.micrometer;

import dev.picot.LoopScheduler;
import dev.picot.Stats;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * Shows the figures of a loop scheduler as meters, all of which have the tag {@code scheduler} with
 * its name.
 *
 * <p>Their number is fixed: there is no tag for a loop, a callback thread or a step. What differs
 * from loop to loop is summed up, or its greatest value is taken. The table of the meters is in
 * {@code docs/reference/metrics.md}.
 *
 * <h2>Threading</h2>
 *
 * Any thread. A meter asks the scheduler when it is read, which waits for nobody; nothing is
 * recorded in between.
 *
 * <h2>Lifecycle</h2>
 *
 * The meters leave their registries when {@link #close()} is called, or when the scheduler has
 * closed, soon after that: whoever uses its name again at once calls {@code close()} first.
 *
 * <pre>
 * new LoopSchedulerMetrics(checkout).bindTo(registry);
 * </pre>
 *
 * @since 0.1
 */
public final class LoopSchedulerMetrics implements MeterBinder, AutoCloseable {
  private record Bound(MeterRegistry registry, Meter.Id meter) {}

  /** Held by who registers or removes meters: nobody does so between a look and its consequence. */
  private static final Object REGISTRATION = new Object();

  private final LoopScheduler scheduler;

  /** Guarded by {@link #REGISTRATION}. */
  private final List<Bound> bound = new ArrayList<>();

  /** Guarded by {@link #REGISTRATION}. */
  private boolean closed;

  /**
   * Makes a binder, which has bound nothing yet.
   *
   * @param scheduler whose figures to show
   */
  public LoopSchedulerMetrics(LoopScheduler scheduler) {
    this.scheduler = Objects.requireNonNull(scheduler, "scheduler");
    var unused = scheduler.onClosed().whenComplete((done, error) -> close());
  }

  /**
   * Registers the meters; does nothing after {@link #close()}.
   *
   * @param registry may be one of several
   * @throws IllegalStateException if the registry has meters of a scheduler with this name already
   */
  @Override
  public void bindTo(MeterRegistry registry) {
    Objects.requireNonNull(registry, "registry");
    synchronized (REGISTRATION) {
      if (!closed) {
        refuseNamesakes(registry);
        new Registration(registry).all();
      }
    }
  }

  private void refuseNamesakes(MeterRegistry registry) {
    if (registry.find("picot.loops").tags(tags()).meter() != null) {
      throw new IllegalStateException(
          "The registry has meters of a scheduler '"
              + scheduler.name()
              + "' already (expected: one for each name). Bind a scheduler once, and give each another name.");
    }
  }

  /**
   * Removes the meters from where they were registered; when it returns they are gone. Does nothing
   * when called again.
   */
  @Override
  public void close() {
    synchronized (REGISTRATION) {
      closed = true;
      bound.forEach(each -> each.registry.remove(each.meter));
      bound.clear(); // others may have the same names later
    }
  }

  private Tags tags() {
    return Tags.of("scheduler", scheduler.name());
  }

  private final class Registration {
    private final MeterRegistry registry;

    Registration(MeterRegistry registry) {
      this.registry = registry;
    }

    void all() {
      callbackThreads();
      loops();
      elasticPool();
    }

    private void callbackThreads() {
      gauge("picot.callback.threads.live", "that have not ended", Stats::live);
      gauge("picot.callback.threads.waiting", "that wait for admission", Stats::waiting);
      ended("completed", Stats::completed);
      ended("failed", Stats::failed);
      ended("cancelled", Stats::cancelled);
      counter("picot.callback.threads.refused", "that were not admitted", Stats::refused);
    }

    private void loops() {
      gauge("picot.loops", "loops of the scheduler", Stats::loops);
      gauge("picot.loops.ready", "what is ready in all loops", sum(Stats.Loop::ready));
      gauge("picot.loops.timers", "what waits with a deadline", sum(Stats.Loop::timers));
      counter("picot.loops.slices", "slices of all loops", sum(Stats.Loop::slices));
      counter("picot.loops.stalls", "slices of at least warnAfter", sum(Stats.Loop::stalls));
      counter("picot.loops.takeovers", "loops that were taken over", Stats::takeovers);
      gauge("picot.loops.detached", "steps that are stuck on detached threads", Stats::detached);
      counter("picot.loops.migrations", "moves from one loop to another", Stats::migrations);
      gauge(
          "picot.loops.utilisation",
          "of the busiest loop in about the last second, 0 to 1",
          max(Stats.Loop::utilisation));
      time(
          "picot.loops.lag",
          "wait of a slice behind others, p99 of the worst loop",
          Stats.Loop::lag);
      time("picot.loops.hold", "length of a slice, p99 of the worst loop", Stats.Loop::hold);
    }

    private void elasticPool() {
      gauge("picot.elastic.threads", "threads of the pool", stats -> stats.elastic().threads());
      gauge("picot.elastic.active", "that run a call", stats -> stats.elastic().active());
      gauge("picot.elastic.queued", "calls that wait", stats -> stats.elastic().queued());
      counter("picot.elastic.calls", "that have returned", stats -> stats.elastic().completed());
      counter("picot.elastic.rejected", "calls refused", stats -> stats.elastic().rejected());
    }

    private void gauge(String name, String description, ToDoubleFunction<Stats> figure) {
      add(
          Gauge.builder(name, scheduler, s -> figure.applyAsDouble(s.stats()))
              .description(description)
              .tags(tags())
              .register(registry));
    }

    private void time(
        String name, String description, Function<Stats.Loop, Stats.Sampled> durations) {
      ToDoubleFunction<Stats> worst = max(loop -> nanos(durations.apply(loop).p99()));
      add(
          TimeGauge.builder(
                  name, scheduler, TimeUnit.NANOSECONDS, s -> worst.applyAsDouble(s.stats()))
              .description(description)
              .tags(tags())
              .register(registry));
    }

    private void ended(String outcome, ToDoubleFunction<Stats> figure) {
      counter(
          "picot.callback.threads.ended",
          "by their outcome",
          tags().and("outcome", outcome),
          figure);
    }

    private void counter(String name, String description, ToDoubleFunction<Stats> figure) {
      counter(name, description, tags(), figure);
    }

    private void counter(
        String name, String description, Tags tags, ToDoubleFunction<Stats> figure) {
      add(
          FunctionCounter.builder(name, scheduler, s -> figure.applyAsDouble(s.stats()))
              .description(description)
              .tags(tags)
              .register(registry));
    }

    private void add(Meter meter) {
      bound.add(new Bound(registry, meter.getId()));
    }
  }

  private static double nanos(Duration duration) {
    return duration.toNanos();
  }

  private static ToDoubleFunction<Stats> sum(ToDoubleFunction<Stats.Loop> figure) {
    return stats -> stats.perLoop().stream().mapToDouble(figure).sum();
  }

  private static ToDoubleFunction<Stats> max(ToDoubleFunction<Stats.Loop> figure) {
    return stats -> stats.perLoop().stream().mapToDouble(figure).max().orElse(0);
  }
}
