/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.netty;

import dev.picot.loop.IoDriver;
import dev.picot.loop.Loop;
import io.netty.channel.Channel;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoRegistration;
import io.netty.util.concurrent.FastThreadLocalThread;
import io.netty.util.internal.ThreadExecutorMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Drives a {@link IoHandler} of Netty as the I/O of a loop. Owner only, but for waking up. */
final class LoopIo implements IoDriver, IoHandlerContext {
  /** Without timers; the handlers add it to the present time, so it must not be too large. */
  private static final long LONGEST = TimeUnit.DAYS.toNanos(1);

  private static final long NO_DEADLINE = -1;

  private final Loop loop;
  private final Transport transport;
  private final LoopEventLoop eventLoop;

  /** Written by {@link #open}, before the loop can sleep. Null until then. */
  private @Nullable IoHandler handler;

  /** By the clock of the loop. */
  private long deadline = NO_DEADLINE;

  /** Those that are not closed. */
  private int channels;

  private boolean letGo;

  LoopIo(Loop loop, LoopEventLoopGroup group) {
    this.loop = loop;
    this.transport = group.transport();
    this.eventLoop = new LoopEventLoop(loop, this, group);
  }

  LoopEventLoop eventLoop() {
    return eventLoop;
  }

  Transport transport() {
    return transport;
  }

  /** Without it Netty's recyclers and its allocator would keep nothing for the thread. */
  @Override
  public void own(Runnable life) {
    FastThreadLocalThread.runWithFastThreadLocal(ThreadExecutorMap.apply(life, eventLoop));
  }

  @Override
  public void open() {
    IoHandler made = transport.handlers().newHandler(eventLoop);
    made.initialize();
    handler = made;
  }

  @Override
  public void poll() {
    run();
  }

  @Override
  public void awaitEvents(long nanos) {
    deadline = nanos == Long.MAX_VALUE ? NO_DEADLINE : loop.now() + nanos;
    run();
  }

  private void run() {
    if (handler != null) {
      handler.run(this);
    }
  }

  @Override
  public void wakeUp() {
    if (handler != null) {
      handler.wakeup();
    }
  }

  /** In phase IO of the loop, or of its successor once it has left. */
  IoRegistration register(IoHandle handle) throws Exception {
    IoHandler taking = handler;
    if (taking == null || letGo) {
      throw new RejectedExecutionException(
          String.format(
              "event loop '%s' takes no channels: %s",
              loop.name(),
              letGo ? "it is ending" : transport + " could not be opened, see the log"));
    }
    return taking.register(handle);
  }

  /** In phase IO: counts a channel until it is closed. */
  void count(Channel channel) {
    channels++;
    channel.closeFuture().addListener(closed -> channels--);
  }

  @Override
  public boolean isUnused() {
    return channels == 0;
  }

  @Override
  public void letGo() {
    letGo = true;
    if (handler != null) {
      handler.prepareToDestroy();
    }
  }

  @Override
  public void close() {
    letGo();
    if (handler != null) {
      handler.destroy();
    }
    eventLoop.ended();
  }

  // What the handler asks

  @Override
  public boolean canBlock() {
    return loop.maySleep();
  }

  @Override
  public long delayNanos(long currentTimeNanos) {
    return deadline == NO_DEADLINE ? LONGEST : Math.max(0, deadline - loop.now());
  }

  @Override
  public long deadlineNanos() {
    return deadline;
  }

  /** The handlers ask this between their wait and the first event that they handle. */
  @Override
  public boolean shouldReportActiveIoTime() {
    loop.wokeUp();
    return false;
  }
}
