/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import dev.picot.LoopScheduler;
import dev.picot.reactor.netty.NettyLoops;
import dev.picot.reactor.netty.PicotLoopResources;
import io.r2dbc.postgresql.PostgresqlConnectionConfiguration;
import io.r2dbc.spi.ConnectionFactory;
import org.junit.jupiter.api.Nested;

/** R2DBC's own tests of drivers pass wherever the connections are. */
class PostgresTestKitIT {
  @Nested
  class PerLoop extends PostgresTestKit {
    @Override
    LoopConnectionFactory.Builder place(LoopScheduler scheduler, ConnectionFactory driver) {
      return LoopConnectionFactory.perLoop(scheduler, driver);
    }
  }

  @Nested
  class PerLoopOfNetty extends PostgresTestKit {
    @Override
    LoopScheduler scheduler() {
      return NettyLoops.build(LoopScheduler.builder("kit").loops(2));
    }

    @Override
    PostgresqlConnectionConfiguration.Builder configure(
        PostgresqlConnectionConfiguration.Builder options, LoopScheduler scheduler) {
      return options.loopResources(PicotLoopResources.of(scheduler));
    }

    @Override
    LoopConnectionFactory.Builder place(LoopScheduler scheduler, ConnectionFactory driver) {
      return LoopConnectionFactory.perLoop(scheduler, driver);
    }
  }

  @Nested
  class Shared extends PostgresTestKit {
    @Override
    LoopConnectionFactory.Builder place(LoopScheduler scheduler, ConnectionFactory driver) {
      return LoopConnectionFactory.shared(scheduler, driver);
    }
  }
}
