/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.netty;

import dev.picot.internal.Text;
import dev.picot.loop.IoDriver;
import dev.picot.loop.Loop;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.util.concurrent.FastThreadLocalThread;
import io.netty.util.internal.ThreadExecutorMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
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

  /** Handles of channels that are registered. */
  private final AtomicInteger registered = new AtomicInteger();

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

  /** In phase IO of the loop. */
  IoRegistration register(IoHandle handle) throws Exception {
    IoHandler taking = handler;
    if (taking == null || letGo) {
      throw new RejectedExecutionException(
          Text.format(
              "event loop '%s' takes no channels: %s",
              loop.name(),
              letGo ? "it is ending" : transport + " could not be opened, see the log"));
    }
    return new Registered(taking.register(handle));
  }

  /** Counts until it is cancelled: when its channel closes, or goes elsewhere. */
  private final class Registered implements IoRegistration {
    private final IoRegistration made;
    private final AtomicBoolean cancelled = new AtomicBoolean();

    Registered(IoRegistration made) {
      this.made = made;
      registered.incrementAndGet();
    }

    @Override
    @SuppressWarnings("TypeParameterUnusedInFormals") // as Netty declares it
    public <T> T attachment() {
      return made.attachment();
    }

    @Override
    public long submit(IoOps ops) {
      return made.submit(ops);
    }

    @Override
    public boolean isValid() {
      return made.isValid();
    }

    @Override
    public boolean cancel() {
      if (cancelled.compareAndSet(false, true)) {
        registered.decrementAndGet();
      }
      return made.cancel();
    }
  }

  /** How many channels the loop keeps. Any thread. */
  int channels() {
    return registered.get();
  }

  @Override
  public boolean isUnused() {
    return registered.get() == 0;
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
    if (loop.hasEnded()) {
      eventLoop.ended();
    } else {
      eventLoop.endsWithItsGroup();
    }
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
