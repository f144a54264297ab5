/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.netty;

import dev.picot.LoopScheduler;
import dev.picot.loop.Loop;
import dev.picot.loop.LoopGroup;
import dev.picot.loop.LoopThread;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.util.concurrent.AbstractEventExecutorGroup;
import io.netty.util.concurrent.DefaultPromise;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.netty.util.concurrent.Promise;
import java.time.Duration;
import java.util.Iterator;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The loops of a scheduler as Netty sees them: one after the other for those who ask. */
final class LoopEventLoopGroup extends AbstractEventExecutorGroup implements IoEventLoopGroup {
  private final Transport transport;
  private final Supplier<IoHandlerFactory> handlers;
  private final Promise<Void> termination = new DefaultPromise<>(GlobalEventExecutor.INSTANCE);
  private final AtomicInteger turn = new AtomicInteger();
  private final AtomicBoolean shuttingDown = new AtomicBoolean();

  /** Written before anybody else knows this group. */
  private @Nullable LoopScheduler scheduler;

  LoopEventLoopGroup(Transport transport, Supplier<IoHandlerFactory> handlers) {
    this.transport = transport;
    this.handlers = handlers;
  }

  void serves(LoopScheduler scheduler) {
    this.scheduler = scheduler;
    scheduler.onClosed().whenComplete((nothing, error) -> termination.trySuccess(null));
  }

  Transport transport() {
    return transport;
  }

  IoHandlerFactory handlers() {
    return handlers.get();
  }

  /** The one whose event loop this is, or whose successor's. */
  static LoopEventLoop of(Loop loop) {
    return ((LoopIo) Objects.requireNonNull(loop.io(), "io")).eventLoop();
  }

  private LoopScheduler scheduler() {
    return Objects.requireNonNull(scheduler, "scheduler");
  }

  private LoopGroup loops() {
    return LoopGroup.of(scheduler());
  }

  @Override
  public LoopEventLoop next() {
    LoopEventLoop next = inTurn();
    for (int others = loops().loops().size() - 1; others > 0 && next.isBroken(); others--) {
      next = inTurn();
    }
    return next;
  }

  private LoopEventLoop inTurn() {
    return of(loops().inTurn(turn.getAndIncrement()));
  }

  @Override
  @Deprecated
  public ChannelFuture register(Channel channel, ChannelPromise promise) {
    return next().register(promise);
  }

  @Override
  public Iterator<EventExecutor> iterator() {
    return loops().loops().stream().<EventExecutor>map(LoopEventLoopGroup::of).iterator();
  }

  /** Whether the loops were told to let go of their channels. */
  boolean hasLetGo() {
    return shuttingDown.get();
  }

  @Override
  public boolean isShuttingDown() {
    return hasLetGo() || loops().isClosing();
  }

  @Override
  public boolean isShutdown() {
    return isTerminated();
  }

  @Override
  public boolean isTerminated() {
    return termination.isDone();
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
    return termination.await(timeout, unit);
  }

  @Override
  public Future<?> terminationFuture() {
    return termination;
  }

  @Override
  @Deprecated
  public void shutdown() {
    beginShutdown(0, 0);
  }

  /**
   * Closes all channels, waits until nothing was executed for a time, and then shuts the scheduler
   * down.
   */
  @Override
  public Future<?> shutdownGracefully(long quietPeriod, long timeout, TimeUnit unit) {
    beginShutdown(unit.toNanos(quietPeriod), unit.toNanos(timeout));
    return termination;
  }

  void beginShutdown(long quietNanos, long limitNanos) {
    if (shuttingDown.compareAndSet(false, true)) {
      loops().all().forEach(loop -> of(loop).letGo());
      awaitQuiet(quietNanos, System.nanoTime(), limitNanos);
    }
  }

  private void awaitQuiet(long quietNanos, long began, long limitNanos) {
    long seen = executed();
    long left = limitNanos - (System.nanoTime() - began);
    loops()
        .schedule(
            Math.max(0, Math.min(quietNanos, left)),
            () -> {
              long rest = limitNanos - (System.nanoTime() - began);
              if (executed() == seen || rest <= 0) {
                scheduler().shutdown(Duration.ofNanos(Math.max(0, rest)));
              } else {
                awaitQuiet(quietNanos, began, limitNanos);
              }
            });
  }

  private long executed() {
    return loops().all().stream().mapToLong(loop -> of(loop).executed()).sum();
  }

  /**
   * The same for clients: who asks on one of the loops gets that, so that its responses are near.
   */
  IoEventLoopGroup colocating() {
    return new Colocating();
  }

  private final class Colocating extends AbstractEventExecutorGroup implements IoEventLoopGroup {
    @Override
    public LoopEventLoop next() {
      LoopThread thread =
          LoopThread.current(); // by its owner: after a takeover that is another one
      if (thread != null && loops().loops().contains(thread.loop())) { // not if it is leaving
        LoopEventLoop here = of(thread.loop());
        if (!here.isBroken()) {
          return here;
        }
      }
      return LoopEventLoopGroup.this.next();
    }

    @Override
    @Deprecated
    public ChannelFuture register(Channel channel, ChannelPromise promise) {
      return next().register(promise);
    }

    @Override
    public Iterator<EventExecutor> iterator() {
      return LoopEventLoopGroup.this.iterator();
    }

    @Override
    public boolean isShuttingDown() {
      return LoopEventLoopGroup.this.isShuttingDown();
    }

    @Override
    public boolean isShutdown() {
      return LoopEventLoopGroup.this.isShutdown();
    }

    @Override
    public boolean isTerminated() {
      return LoopEventLoopGroup.this.isTerminated();
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
      return LoopEventLoopGroup.this.awaitTermination(timeout, unit);
    }

    @Override
    public Future<?> terminationFuture() {
      return termination;
    }

    @Override
    @Deprecated
    public void shutdown() {
      LoopEventLoopGroup.this.shutdown();
    }

    @Override
    public Future<?> shutdownGracefully(long quietPeriod, long timeout, TimeUnit unit) {
      return LoopEventLoopGroup.this.shutdownGracefully(quietPeriod, timeout, unit);
    }
  }
}
