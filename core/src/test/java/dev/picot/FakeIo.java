/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot;

import dev.picot.loop.IoDriver;
import dev.picot.loop.Loop;
import dev.picot.loop.LoopGroup;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** An I/O driver whose events are runnables that the test lets happen. */
final class FakeIo implements IoDriver {

  final Loop loop;

  /** What was called, but for polls and waits, in order. */
  final List<String> calls = new CopyOnWriteArrayList<>();

  /** The threads that have owned it, in order. */
  final List<Thread> owners = new CopyOnWriteArrayList<>();

  private final Queue<Runnable> events = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean woken = new AtomicBoolean();
  private volatile @Nullable Thread sleeper;

  /** Runs at the beginning of each wait. */
  volatile Runnable beforeSleep = () -> {};

  /** Run in the methods of these names. */
  final Map<String, Runnable> extra = new ConcurrentHashMap<>();

  /** Whether it has something that could bring events. */
  volatile boolean used;

  /** Waits that have begun. */
  final AtomicLong waits = new AtomicLong();

  private FakeIo(Loop loop) {
    this.loop = loop;
  }

  /** Lets each loop of a scheduler have such a driver. */
  static LoopScheduler.Builder equip(LoopScheduler.Builder builder) {
    LoopGroup.equip(builder, FakeIo::new);
    return builder;
  }

  /** The same, where something else happens as well in a method. */
  static LoopScheduler.Builder equip(LoopScheduler.Builder builder, String method, Runnable what) {
    LoopGroup.equip(
        builder,
        loop -> {
          FakeIo io = new FakeIo(loop);
          io.extra.put(method, what);
          return io;
        });
    return builder;
  }

  static FakeIo of(Loop loop) {
    return (FakeIo) loop.io();
  }

  /** The drivers of the loops that take work. */
  static List<FakeIo> of(LoopScheduler scheduler) {
    return scheduler.group().loops().stream().map(FakeIo::of).toList();
  }

  /** Any thread. */
  void happens(Runnable event) {
    events.add(event);
    wakeUp();
  }

  private void handle() {
    for (Runnable event = events.poll(); event != null; event = events.poll()) {
      event.run();
    }
  }

  private void called(String method) {
    calls.add(method);
    extra.getOrDefault(method, () -> {}).run();
  }

  @Override
  public void own(Runnable life) {
    owners.add(Thread.currentThread());
    life.run();
  }

  @Override
  public void open() {
    called("open");
  }

  @Override
  public void poll() {
    handle();
  }

  /** Sleeps as Netty's handlers do: asks once whether it may, and needs to be woken then. */
  @Override
  public void awaitEvents(long nanos) {
    waits.incrementAndGet();
    beforeSleep.run();
    sleeper = Thread.currentThread();
    long began = System.nanoTime();
    if (loop.maySleep()) {
      while (!woken.get() && System.nanoTime() - began < nanos) {
        LockSupport.parkNanos(this, nanos);
      }
    }
    woken.set(false);
    if (!events.isEmpty()) {
      loop.wokeUp();
      handle();
    }
  }

  @Override
  public void wakeUp() {
    woken.set(true);
    LockSupport.unpark(sleeper);
  }

  @Override
  public boolean isUnused() {
    return !used;
  }

  @Override
  public void letGo() {
    used = false;
    called("letGo");
  }

  @Override
  public void close() {
    called("close");
  }
}
