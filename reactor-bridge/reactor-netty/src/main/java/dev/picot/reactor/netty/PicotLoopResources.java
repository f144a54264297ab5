/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.netty;

import dev.picot.LoopScheduler;
import dev.picot.internal.Text;
import dev.picot.loop.LoopGroup;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import reactor.core.publisher.Mono;
import reactor.netty.FutureMono;
import reactor.netty.resources.LoopResources;

/**
 * The loops of a scheduler for Reactor Netty: {@code HttpServer.create().runOn(...)}, and the same
 * for clients and for R2DBC PostgreSQL.
 *
 * <p>New connections of a server are distributed over the loops one after the other. A connection
 * that is made on one of the loops, in a step or in a handler, belongs to that loop; made elsewhere
 * it belongs to any.
 *
 * @since 0.1
 */
public final class PicotLoopResources implements LoopResources {
  private final LoopEventLoopGroup servers;
  private final EventLoopGroup clients;

  private PicotLoopResources(LoopEventLoopGroup group) {
    servers = group;
    clients = group.colocating();
  }

  /**
   * Shows the loops of a scheduler.
   *
   * @param scheduler was built by {@link NettyLoops}
   * @return its loops; disposing them closes it
   * @throws IllegalArgumentException if its loops do not handle channels
   */
  public static PicotLoopResources of(LoopScheduler scheduler) {
    Objects.requireNonNull(scheduler, "scheduler");
    if (LoopGroup.of(scheduler).loops().get(0).io() instanceof LoopIo io) {
      return new PicotLoopResources(io.eventLoop().parent());
    }
    throw new IllegalArgumentException(
        Text.format(
            "scheduler: the loops of '%s' do not handle channels. Build it with NettyLoops.build(...).",
            scheduler.name()));
  }

  /** {@return how the loops wait for events} */
  public Transport transport() {
    return servers.transport();
  }

  /**
   * {@return the event loops for servers}
   *
   * @param useNative has no effect: the transport was chosen when the scheduler was built
   */
  @Override
  public EventLoopGroup onServer(boolean useNative) {
    return servers;
  }

  /**
   * {@return the event loops for clients}
   *
   * @param useNative has no effect: the transport was chosen when the scheduler was built
   */
  @Override
  public EventLoopGroup onClient(boolean useNative) {
    return clients;
  }

  /** {@return true: the threads of loops are daemons} */
  @Override
  public boolean daemon() {
    return true;
  }

  @Override
  public boolean isDisposed() {
    return servers.isShuttingDown();
  }

  /**
   * Closes all channels of the loops, waits until nothing was executed on them for a time, and then
   * shuts the scheduler down: its callback threads have what is left of the timeout.
   *
   * @param quietPeriod the time
   * @param timeout for all that
   * @return completes when the scheduler has closed
   */
  @Override
  public Mono<Void> disposeLater(Duration quietPeriod, Duration timeout) {
    return FutureMono.deferFuture(() -> dispose(quietPeriod, timeout));
  }

  @SuppressWarnings("unchecked") // nobody looks at the value
  private Future<Void> dispose(Duration quietPeriod, Duration timeout) {
    return (Future<Void>)
        servers.shutdownGracefully(quietPeriod.toNanos(), timeout.toNanos(), TimeUnit.NANOSECONDS);
  }
}
