/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.netty;

import dev.picot.loop.IoTask;
import dev.picot.loop.Loop;
import dev.picot.loop.LoopThread;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelPromise;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoRegistration;
import io.netty.util.concurrent.AbstractEventExecutor;
import io.netty.util.concurrent.DefaultPromise;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A loop as Netty sees it. What is executed on it runs between slices. In a slice the calling
 * thread is not {@linkplain #inEventLoop in} the event loop, so what a slice does to a channel is
 * posted, and a takeover of the slice leaves no channel half changed.
 *
 * <p>A loop that has left has a successor, which runs what still comes here.
 */
// Over 250 lines with the interface: the face that Netty asks for, without more.
final class LoopEventLoop extends AbstractEventExecutor implements IoEventLoop {
  private final Loop loop;
  private final LoopIo io;
  private final LoopEventLoopGroup group;

  /** What has run of {@link Posted}. Written in phase IO. */
  private final AtomicLong executed = new AtomicLong();

  private final Promise<Void> termination = new DefaultPromise<>(GlobalEventExecutor.INSTANCE);

  LoopEventLoop(Loop loop, LoopIo io, LoopEventLoopGroup group) {
    super(group);
    this.loop = loop;
    this.io = io;
    this.group = group;
  }

  /** A runnable of Netty. */
  private final class Posted extends IoTask {
    private final Runnable command;

    Posted(Runnable command) {
      this.command = command;
    }

    @Override
    protected void run(Loop loop) {
      executed.setOpaque(executed.getPlain() + 1);
      safeExecute(command);
    }
  }

  Loop loop() {
    return loop;
  }

  boolean isBroken() {
    return io.isBroken();
  }

  @Override
  public LoopEventLoopGroup parent() {
    return group;
  }

  @Override
  public LoopEventLoop next() {
    return this;
  }

  @Override
  public boolean inEventLoop() {
    return loop.isInLoop(Thread.currentThread());
  }

  @Override
  public boolean inEventLoop(Thread thread) {
    return loop.isInLoop(thread);
  }

  @Override
  public boolean isExecutorThread(Thread thread) {
    return loop.isInLoop(thread);
  }

  @Override
  public void execute(Runnable command) {
    post(new Posted(Objects.requireNonNull(command, "command")));
  }

  void post(IoTask task) {
    if (!loop.post(task)) {
      throw new RejectedExecutionException("event loop '" + loop.name() + "' has ended");
    }
  }

  // Channels

  @Override
  @Deprecated
  public ChannelFuture register(Channel channel) {
    return register(new DefaultChannelPromise(channel, this));
  }

  @Override
  @Deprecated
  public ChannelFuture register(ChannelPromise promise) {
    promise.channel().unsafe().register(this, promise);
    return promise;
  }

  @Override
  @Deprecated
  public ChannelFuture register(Channel channel, ChannelPromise promise) {
    return register(promise);
  }

  @Override
  public Future<IoRegistration> register(IoHandle handle) {
    Promise<IoRegistration> promise = newPromise();
    if (inEventLoop()) {
      registerHere(handle, promise);
    } else {
      execute(() -> registerHere(handle, promise));
    }
    return promise;
  }

  /** With the loop that runs this; once this one has left that is its successor. */
  private static void registerHere(IoHandle handle, Promise<IoRegistration> promise) {
    Loop here = Objects.requireNonNull(LoopThread.current(), "in phase IO").loop();
    try {
      promise.setSuccess(LoopEventLoopGroup.of(here).io.register(handle));
    } catch (Exception e) {
      promise.setFailure(e);
    }
  }

  @Override
  public boolean isCompatible(Class<? extends IoHandle> handleType) {
    return io.transport().isCompatible(handleType);
  }

  @Override
  public boolean isIoType(Class<? extends IoHandler> handlerType) {
    return io.transport().isIoType(handlerType);
  }

  // Timers

  @Override
  public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
    return schedule(Executors.callable(command), delay, unit);
  }

  @Override
  public <V> ScheduledFuture<V> schedule(Callable<V> callable, long delay, TimeUnit unit) {
    Objects.requireNonNull(callable, "callable");
    return new LoopTimer<>(this, callable, unit.toNanos(delay), 0).start();
  }

  @Override
  public ScheduledFuture<?> scheduleAtFixedRate(
      Runnable command, long initialDelay, long period, TimeUnit unit) {
    return periodic(command, initialDelay, positive("period", period, unit), unit);
  }

  @Override
  public ScheduledFuture<?> scheduleWithFixedDelay(
      Runnable command, long initialDelay, long delay, TimeUnit unit) {
    return periodic(command, initialDelay, -positive("delay", delay, unit), unit);
  }

  private ScheduledFuture<?> periodic(
      Runnable command, long initialDelay, long period, TimeUnit unit) {
    return new LoopTimer<>(this, Executors.callable(command), unit.toNanos(initialDelay), period)
        .start();
  }

  private static long positive(String what, long value, TimeUnit unit) {
    if (value <= 0) {
      throw new IllegalArgumentException(what + ": " + value + " (expected: > 0)");
    }
    return unit.toNanos(value);
  }

  // Its end is that of the scheduler

  @Override
  public boolean isShuttingDown() {
    return group.isShuttingDown();
  }

  @Override
  public boolean isShutdown() {
    return loop.hasEnded();
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
  @Deprecated
  public void shutdown() {
    group.shutdown();
  }

  @Override
  public Future<?> shutdownGracefully(long quietPeriod, long timeout, TimeUnit unit) {
    group.beginShutdown(unit.toNanos(quietPeriod), unit.toNanos(timeout));
    return termination;
  }

  @Override
  public Future<?> terminationFuture() {
    return termination;
  }

  long executed() {
    return executed.getOpaque();
  }

  /** Closes all channels, and refuses those that come. Any thread. */
  void letGo() {
    loop.post(
        new IoTask() {
          @Override
          protected void run(Loop loop) {
            io.letGo();
          }
        });
  }

  /** In the last phase IO. */
  void ended() {
    termination.trySuccess(null);
  }

  /** The loop has left, and another one runs what still comes here. */
  void endsWithItsGroup() {
    group.terminationFuture().addListener(ended -> ended());
  }

  @Override
  public String toString() {
    return "event loop '" + loop.name() + "'";
  }
}
