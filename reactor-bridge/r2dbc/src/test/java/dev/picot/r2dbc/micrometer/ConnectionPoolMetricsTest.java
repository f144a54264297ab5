/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.LoopScheduler;
import dev.picot.r2dbc.LoopConnectionFactory;
import dev.picot.r2dbc.Loops;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.r2dbc.h2.H2ConnectionConfiguration;
import io.r2dbc.h2.H2ConnectionFactory;
import io.r2dbc.spi.Connection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.publisher.Mono;

class ConnectionPoolMetricsTest {
  @RegisterExtension private final Loops loops = new Loops();

  private final LoopScheduler scheduler = loops.make("db");
  private final LoopConnectionFactory connections =
      LoopConnectionFactory.offloaded(
              scheduler,
              new H2ConnectionFactory(
                  H2ConnectionConfiguration.builder().inMemory("metrics").build()))
          .name("orders")
          .maxSize(3)
          .build();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  private double figure(String meter) {
    Meter found = registry.get("picot.connections." + meter).tag("factory", "orders").meter();
    return found.measure().iterator().next().getValue();
  }

  @Test
  void figuresAreThoseOfTheFactory() {
    // region bind
    new ConnectionPoolMetrics(connections).bindTo(registry);
    // end region
    Connection one = connections.create().block(Loops.PATIENCE);
    Connection other = connections.create().block(Loops.PATIENCE);
    Mono.from(other.close()).block(Loops.PATIENCE);

    assertThat(figure("acquired")).isEqualTo(1);
    assertThat(figure("idle")).isEqualTo(1);
    assertThat(figure("pending")).isZero();
    assertThat(figure("connecting")).isZero();
    assertThat(figure("max")).isEqualTo(3);
    assertThat(figure("busiest")).isEqualTo(2);
    assertThat(figure("acquires")).isEqualTo(2);
    assertThat(figure("timeouts")).isZero();
    Mono.from(one.close()).block(Loops.PATIENCE);
    connections.close().block(Loops.PATIENCE);
  }
}
