/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.netty;

import dev.picot.LoopScheduler;
import dev.picot.loop.LoopGroup;
import dev.picot.reactor.CallbackSchedulers;
import java.util.Objects;

/**
 * Makes loop schedulers whose loops are Netty event loops: they also wait for the events of
 * channels and handle them, between slices.
 *
 * @since 0.1
 */
public final class NettyLoops {
  private NettyLoops() {}

  /**
   * Builds a scheduler whose loops handle channels by {@link Transport#best()}.
   *
   * @param builder the scheduler's options; driven by hand it cannot handle I/O
   * @return a running scheduler; {@link PicotLoopResources#of} shows its loops to Reactor Netty
   */
  public static LoopScheduler build(LoopScheduler.Builder builder) {
    return build(builder, Transport.best());
  }

  /**
   * Builds a scheduler whose loops handle channels.
   *
   * @param builder the scheduler's options; driven by hand it cannot handle I/O
   * @param transport how they wait for events
   * @return a running scheduler; {@link PicotLoopResources#of} shows its loops to Reactor Netty
   * @throws IllegalArgumentException if the transport is not available
   */
  public static LoopScheduler build(LoopScheduler.Builder builder, Transport transport) {
    Objects.requireNonNull(builder, "builder");
    if (!transport.isAvailable()) {
      throw new IllegalArgumentException(
          "transport: "
              + transport
              + " is not available here. Use Transport.best(), or add its native library.");
    }
    return build(builder, new LoopEventLoopGroup(transport, transport::handlers));
  }

  static LoopScheduler build(LoopScheduler.Builder builder, LoopEventLoopGroup group) {
    LoopScheduler scheduler;
    LoopGroup.equip(builder, loop -> new LoopIo(loop, group));
    try {
      scheduler = builder.build();
    } finally {
      LoopGroup.equip(builder, null); // what else it builds is not of this group
    }
    group.serves(scheduler);
    CallbackSchedulers.of(scheduler); // tells Reactor that the owners of the loops must not block
    return scheduler;
  }
}
