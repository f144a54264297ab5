/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class ThreadCensusTest {
  @Test
  void transportIsThatOfTheFramesOnTheStacks() {
    ThreadCensus census =
        ThreadCensus.of(
            List.of(
                stack("io.netty.channel.epoll.Native", "io.netty.channel.epoll.EpollIoHandler"),
                stack("sun.nio.ch.SelectorImpl", "io.netty.channel.nio.NioIoHandler"),
                stack("io.netty.channel.uring.IoUringIoHandler"),
                stack("java.lang.Thread")),
            List.of());

    assertThat(census.transports()).containsExactly("epoll", "io_uring", "nio");
  }

  @Test
  void threadsAreCountedByTheirNamesWithoutNumbers() {
    ThreadCensus census =
        ThreadCensus.of(
            List.<StackTraceElement[]>of(stack("io.netty.channel.epoll.EpollIoHandler")),
            List.of("loop-epoll-1", "loop-epoll-2", "techempower-1"));

    assertThat(census.text()).isEqualTo("epoll; 2 x loop-epoll-#, 1 x techempower-#");
  }

  @Test
  void threadsOfThisProcessAreFound() throws InterruptedException {
    Thread sleeper = new Thread(LockSupport::park, "park-3");
    sleeper.setDaemon(true);
    sleeper.start();
    try {
      assertThat(ThreadCensus.now().threads()).containsEntry("park-#", 1);
      assertThat(ThreadCensus.now().threads()).doesNotContainKey("Finalizer");
    } finally {
      LockSupport.unpark(sleeper);
      sleeper.join();
    }
  }

  private static StackTraceElement[] stack(String... classes) {
    return List.of(classes).stream()
        .map(name -> new StackTraceElement(name, "run", null, 1))
        .toArray(StackTraceElement[]::new);
  }
}
