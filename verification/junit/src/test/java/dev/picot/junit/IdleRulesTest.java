/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.junit;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.Thread.State;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which stacks are those of a thread that waits for work. Frames are innermost first. */
class IdleRulesTest {
  private static boolean isIdle(State state, String frames) {
    List<StackTraceElement> stack =
        List.of(frames.split(" ")).stream()
            .map(
                method -> {
                  int dot = method.lastIndexOf('.');
                  return new StackTraceElement(
                      method.substring(0, dot), method.substring(dot + 1), "A.java", 1);
                })
            .toList();
    return IdleRules.isIdle(state, CallStack.of(stack));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdk.internal.misc.Unsafe.park java.util.concurrent.ThreadPoolExecutor.getTask"
            + " java.util.concurrent.ThreadPoolExecutor.runWorker java.lang.Thread.run",
        "jdk.internal.misc.Unsafe.park java.util.concurrent.ForkJoinPool.awaitWork"
            + " java.util.concurrent.ForkJoinPool.runWorker"
            + " java.util.concurrent.ForkJoinWorkerThread.run",
        "dev.picot.loop.Ticker.park dev.picot.loop.LoopThread.idle dev.picot.loop.Loop.rest"
            + " dev.picot.loop.Loop.turn dev.picot.loop.Loop.drive dev.picot.loop.LoopThread.run",
        "jdk.internal.misc.Unsafe.park java.util.concurrent.LinkedBlockingQueue.poll"
            + " io.netty.util.concurrent.GlobalEventExecutor.takeTask"
            + " io.netty.util.concurrent.GlobalEventExecutor$TaskRunner.run"
            + " io.netty.util.concurrent.DefaultThreadFactory.run java.lang.Thread.run",
        "jdk.internal.misc.Unsafe.park java.util.concurrent.LinkedBlockingQueue.take"
            + " com.example.OwnLoop.next com.example.OwnLoop.run",
        "jdk.internal.misc.Unsafe.park dev.picot.loop.Simulator.rest"
            + " dev.picot.loop.Simulator.pause com.example.Step.run"
            + " dev.picot.loop.LoopThread.slice dev.picot.loop.LoopThread.run"
      })
  void aThreadThatWaitsForWorkIsIdle(String frames) {
    assertThat(isIdle(State.WAITING, frames)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "io.netty.channel.epoll.Native.epollWait io.netty.channel.epoll.EpollIoHandler.epollWait"
            + " io.netty.channel.epoll.EpollIoHandler.run"
            + " io.netty.channel.SingleThreadIoEventLoop.run"
            + " io.netty.util.concurrent.SingleThreadEventExecutor$5.run java.lang.Thread.run",
        "sun.nio.ch.EPoll.wait sun.nio.ch.SelectorImpl.select"
            + " io.netty.channel.nio.NioIoHandler.select io.netty.channel.nio.NioIoHandler.run"
            + " io.netty.channel.SingleThreadIoEventLoop.run"
            + " io.netty.util.concurrent.SingleThreadEventExecutor$5.run java.lang.Thread.run"
      })
  void anEventLoopThatPollsIsIdle(String frames) {
    assertThat(isIdle(State.RUNNABLE, frames)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdk.internal.misc.Unsafe.park java.util.concurrent.locks.ReentrantLock.lock"
            + " reactor.core.scheduler.SchedulerTask.call java.util.concurrent.FutureTask.run"
            + " java.util.concurrent.ThreadPoolExecutor.runWorker java.lang.Thread.run",
        "jdk.internal.misc.Unsafe.park java.util.concurrent.CountDownLatch.await"
            + " io.netty.util.concurrent.AbstractEventExecutor.runTask"
            + " io.netty.channel.SingleThreadIoEventLoop.run"
            + " io.netty.util.concurrent.SingleThreadEventExecutor$5.run java.lang.Thread.run",
        "jdk.internal.misc.Unsafe.park com.example.Handler.handle"
            + " io.netty.channel.nio.NioIoHandler.run"
            + " io.netty.util.concurrent.SingleThreadEventExecutor$5.run java.lang.Thread.run",
        "jdk.internal.misc.Unsafe.park dev.picot.CallbackThread.runSlice"
            + " dev.picot.loop.LoopThread.slice dev.picot.loop.LoopThread.run",
        "jdk.internal.misc.Unsafe.park com.example.Dao.read com.example.OwnLoop.run"
      })
  void aThreadThatWaitsWithinItsWorkIsBusy(String frames) {
    assertThat(isIdle(State.WAITING, frames)).isFalse();
  }

  @Test
  void aThreadOfUnknownMachineryThatRunsIsBusy() {
    assertThat(isIdle(State.RUNNABLE, "com.example.OwnLoop.run java.lang.Thread.run")).isFalse();
  }
}
