/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.netty;

import static dev.picot.reactor.netty.NettySchedulers.LIMIT;
import static dev.picot.reactor.netty.NettySchedulers.await;
import static dev.picot.reactor.netty.NettySchedulers.eventLoop;
import static dev.picot.reactor.netty.NettySchedulers.get;
import static dev.picot.reactor.netty.NettySchedulers.on;
import static dev.picot.reactor.netty.NettySchedulers.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.picot.CallbackThread;
import dev.picot.LoopScheduler;
import dev.picot.Task;
import dev.picot.reactor.CallbackSchedulers;
import io.netty.util.concurrent.FastThreadLocal;
import io.netty.util.concurrent.FastThreadLocalThread;
import io.netty.util.internal.ThreadExecutorMap;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** What Netty and Reactor make of the threads of loops. */
class LoopThreadsTest {
  @RegisterExtension private final NettySchedulers schedulers = new NettySchedulers();

  /** A step that is stuck on a thread which has lost its loop. */
  private final class Stuck {
    final CountDownLatch gate = schedulers.gate();
    final AtomicReference<Thread> thread = new AtomicReference<>();
    final AtomicReference<Boolean> nonBlocking = new AtomicReference<>();
    final CallbackThread<Void> victim;

    Stuck(LoopScheduler scheduler) {
      CountDownLatch entered = new CountDownLatch(1);
      victim =
          scheduler.spawn(
              Task.run(
                  () -> {
                    thread.set(Thread.currentThread());
                    entered.countDown();
                    NettySchedulers.pass(gate);
                    nonBlocking.set(Schedulers.isInNonBlockingThread());
                  }));
      await(entered);
      until("it is taken over", () -> victim.state() == CallbackThread.State.DETACHED);
    }
  }

  private static boolean isMadeForNetty(LoopEventLoop eventLoop) {
    return FastThreadLocalThread.currentThreadHasFastThreadLocal()
        && FastThreadLocalThread.currentThreadWillCleanupFastThreadLocals()
        && ThreadExecutorMap.currentExecutor() == eventLoop;
  }

  @ParameterizedTest
  @EnumSource
  void eachOwner_isMadeForNettysRecyclersAndAllocator(Transport transport) throws Exception {
    LoopScheduler scheduler = schedulers.make(transport, 1);
    LoopEventLoop eventLoop = eventLoop(scheduler);
    Task<Boolean> step = Task.call(() -> isMadeForNetty(eventLoop));

    assertThat(on(eventLoop, () -> isMadeForNetty(eventLoop))).isTrue();
    assertThat(scheduler.spawn(step).block(LIMIT)).isTrue();

    Stuck stuck = new Stuck(scheduler);
    assertThat(on(eventLoop, Thread::currentThread)).isNotSameAs(stuck.thread.get());
    assertThat(on(eventLoop, () -> isMadeForNetty(eventLoop))).isTrue();
    assertThat(scheduler.spawn(step).block(LIMIT)).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void whatAThreadHasKeptForNetty_isRemovedWhenItEnds(Transport transport) {
    Set<Thread> removed = ConcurrentHashMap.newKeySet();
    FastThreadLocal<Thread> kept =
        new FastThreadLocal<>() {
          @Override
          protected Thread initialValue() {
            return Thread.currentThread();
          }

          @Override
          protected void onRemoval(Thread thread) {
            removed.add(thread);
          }
        };
    LoopScheduler scheduler = schedulers.make(transport, 1);
    LoopEventLoop eventLoop = eventLoop(scheduler);
    Thread first = on(eventLoop, kept::get);

    Stuck stuck = new Stuck(scheduler);
    Thread second = on(eventLoop, kept::get);
    assertThat(removed).isEmpty();
    stuck.gate.countDown();
    until("the detached thread has ended", () -> !first.isAlive());
    assertThat(removed).containsExactly(first);
    scheduler.closeNow();
    get(scheduler.onClosed());
    until("the last thread has ended", () -> !second.isAlive());

    assertThat(removed).containsExactlyInAnyOrder(first, second);
  }

  @ParameterizedTest
  @EnumSource
  void anOwner_mustNotBlock_andAThreadThatHasLostItsLoopMay(Transport transport) throws Exception {
    LoopScheduler scheduler = schedulers.make(transport, 1);
    LoopEventLoop eventLoop = eventLoop(scheduler);
    CallbackSchedulers.of(scheduler);

    assertThat(on(eventLoop, Schedulers::isInNonBlockingThread)).isTrue();
    assertThat(scheduler.spawn(Task.call(Schedulers::isInNonBlockingThread)).block(LIMIT)).isTrue();
    assertThatThrownBy(() -> on(eventLoop, () -> Mono.never().block(Duration.ofMillis(1))))
        .cause()
        .hasMessageContaining("blocking, which is not supported");

    Stuck stuck = new Stuck(scheduler);
    assertThat(on(eventLoop, Schedulers::isInNonBlockingThread)).isTrue();
    stuck.gate.countDown();
    stuck.victim.block(LIMIT);
    assertThat(stuck.nonBlocking).hasValue(false);
  }

  @ParameterizedTest
  @EnumSource
  void blockInAHandler_throws_alsoIfNothingButTheLoopsIsUsed(Transport transport) {
    LoopEventLoop eventLoop = eventLoop(schedulers.make(transport, 1));

    assertThatThrownBy(() -> on(eventLoop, () -> Mono.never().block(Duration.ofMillis(1))))
        .cause()
        .hasMessageContaining("blocking, which is not supported");
  }
}
