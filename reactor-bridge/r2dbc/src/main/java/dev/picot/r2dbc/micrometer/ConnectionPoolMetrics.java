/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc.micrometer;

import dev.picot.r2dbc.LoopConnectionFactory;
import dev.picot.r2dbc.PoolStats;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.Objects;
import java.util.function.ToDoubleFunction;

/**
 * Shows the figures of a connection factory in a registry of Micrometer, with its name as tag.
 *
 * <p>Threading: any thread.
 *
 * <pre>
 * new ConnectionPoolMetrics(connections).bindTo(registry);
 * </pre>
 *
 * @since 0.1
 */
public final class ConnectionPoolMetrics implements MeterBinder {
  private final LoopConnectionFactory factory;

  /**
   * Makes a binder, which has bound nothing yet.
   *
   * @param factory whose figures to show
   */
  public ConnectionPoolMetrics(LoopConnectionFactory factory) {
    this.factory = Objects.requireNonNull(factory, "factory");
  }

  /**
   * Registers the meters. They stay until they are removed from the registry.
   *
   * @param registry may be one of several
   */
  @Override
  public void bindTo(MeterRegistry registry) {
    Objects.requireNonNull(registry, "registry");
    gauge(registry, "picot.connections.acquired", "that somebody has", PoolStats::acquired);
    gauge(registry, "picot.connections.idle", "that nobody has", PoolStats::idle);
    gauge(registry, "picot.connections.pending", "callers that wait", PoolStats::pending);
    gauge(registry, "picot.connections.connecting", "being opened", PoolStats::connecting);
    gauge(registry, "picot.connections.max", "that there may be", PoolStats::maxSize);
    gauge(
        registry,
        "picot.connections.busiest",
        "that the pool with the most connections has open",
        stats -> stats.pools().stream().mapToInt(p -> p.acquired() + p.idle()).max().orElse(0));
    counter(registry, "picot.connections.acquires", "given to callers", PoolStats::acquires);
    counter(registry, "picot.connections.timeouts", "callers in vain", PoolStats::timeouts);
  }

  private Tags tags() {
    return Tags.of("factory", factory.name());
  }

  private void gauge(
      MeterRegistry registry, String name, String description, ToDoubleFunction<PoolStats> figure) {
    Gauge.builder(name, factory, its -> figure.applyAsDouble(its.stats()))
        .description(description)
        .tags(tags())
        .register(registry);
  }

  private void counter(
      MeterRegistry registry, String name, String description, ToDoubleFunction<PoolStats> figure) {
    FunctionCounter.builder(name, factory, its -> figure.applyAsDouble(its.stats()))
        .description(description)
        .tags(tags())
        .register(registry);
  }
}
