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
import java.util.ArrayDeque;
import java.util.Objects;
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

  /** Whether it could not be opened. Written by {@link #open}. */
  private volatile boolean isBroken;

  /** By the clock of the loop. */
  private long deadline = NO_DEADLINE;

  /** Handles of channels that are registered. */
  private final AtomicInteger registered = new AtomicInteger();

  /** Whose interest in events has changed since they were looked for. */
  private final ArrayDeque<Registered> changed = new ArrayDeque<>();

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
    try {
      IoHandler made = eventLoop.parent().handlers().newHandler(eventLoop);
      made.initialize();
      handler = made;
    } catch (Throwable e) {
      isBroken = true;
      throw e;
    }
    if (eventLoop.parent().hasLetGo()) { // which has told those that were there before
      letGo();
    }
  }

  /** Whether it could not be opened, so that new channels had better go elsewhere. Any thread. */
  boolean isBroken() {
    return isBroken;
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
      submitChanges();
      handler.run(this);
    }
  }

  /**
   * Reactor Netty stops to read when a request has come and reads on when it was read; that is two
   * system calls, and none if both happen before the loop looks for events again.
   */
  private void submitChanges() {
    for (Registered one = changed.poll(); one != null; one = changed.poll()) {
      one.submitChange();
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
    return new Registered(handle, taking.register(handle));
  }

  /** Counts until it is cancelled: when its channel closes, or goes elsewhere. */
  private final class Registered implements IoRegistration {
    private final IoHandle handle;
    private final IoRegistration made;
    private final AtomicBoolean cancelled = new AtomicBoolean();

    /**
     * What the handler knows, after the first time; and what it is to know before it looks again.
     */
    private @Nullable IoOps submitted;

    private @Nullable IoOps wanted;

    Registered(IoHandle handle, IoRegistration made) {
      this.handle = handle;
      this.made = made;
      registered.incrementAndGet();
    }

    @Override
    @SuppressWarnings("TypeParameterUnusedInFormals") // as Netty declares it
    public <T> T attachment() {
      return made.attachment();
    }

    /** The first time at once, for the handler may refuse the handle. */
    @Override
    public long submit(IoOps ops) {
      if (submitted == null || !transport.takesChangesLate()) {
        submitted = ops;
        return made.submit(ops);
      }
      if (!isValid()) {
        return -1;
      }
      if (wanted == null) {
        changed.add(this);
      }
      wanted = ops;
      return 0;
    }

    void submitChange() {
      IoOps ops = Objects.requireNonNull(wanted);
      wanted = null;
      if (ops.equals(submitted) || !isValid()) {
        return;
      }
      submitted = ops;
      try {
        made.submit(ops);
      } catch (RuntimeException e) { // as the handlers do when they cannot serve a handle
        loop.group()
            .housekeeping()
            .report("A channel of event loop '" + loop.name() + "' is closed", e);
        eventLoop.execute(this::close); // not here, where the loop may be about to sleep
      }
    }

    private void close() {
      try {
        handle.close();
      } catch (Exception e) {
        loop.group()
            .housekeeping()
            .report("A channel of event loop '" + loop.name() + "' could not be closed", e);
      }
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
