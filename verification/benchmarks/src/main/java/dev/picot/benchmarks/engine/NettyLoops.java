/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.engine;

import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Two of Netty's loops: with a selector, as its servers have them, or without one, which has
 * another queue and another way to sleep.
 */
@State(Scope.Benchmark)
public class NettyLoops {
  /** Whether they have a selector. */
  @Param("true")
  public boolean selector;

  EventLoop left;
  EventLoop right;

  /** Starts them. */
  @Setup
  public void start() {
    left = open();
    right = open();
  }

  /** Ends them. */
  @TearDown
  public void end() {
    left.shutdownGracefully(0, 0, TimeUnit.SECONDS).syncUninterruptibly();
    right.shutdownGracefully(0, 0, TimeUnit.SECONDS).syncUninterruptibly();
  }

  private EventLoop open() {
    return selector
        ? new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory()).next()
        : new DefaultEventLoop();
  }
}
