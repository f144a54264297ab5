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
import static java.util.concurrent.TimeUnit.DAYS;
import static java.util.concurrent.TimeUnit.HOURS;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.picot.LoopScheduler;
import dev.picot.Task;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandle;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What Netty expects of an event loop. */
@SuppressWarnings("FutureReturnValueIgnored") // what happens is looked at elsewhere
class LoopEventLoopTest {
  @RegisterExtension private final NettySchedulers schedulers = new NettySchedulers();

  private LoopEventLoop one(Transport transport) {
    return eventLoop(schedulers.make(transport, 1));
  }

  private static int timers(LoopEventLoop eventLoop) {
    return on(eventLoop, () -> eventLoop.loop().tasksOfOwner().size());
  }

  // Tasks

  @ParameterizedTest
  @EnumSource
  void whatAThreadExecutes_runsInItsOrder(Transport transport) throws Exception {
    LoopEventLoop eventLoop = one(transport);
    List<List<Integer>> ran =
        IntStream.range(0, 3).<List<Integer>>mapToObj(i -> new ArrayList<>()).toList();
    CountDownLatch done = new CountDownLatch(3 * 2_000);
    List<Thread> threads = new ArrayList<>();

    for (List<Integer> mine : ran) {
      Thread thread =
          new Thread(
              () -> {
                for (int i = 0; i < 2_000; i++) {
                  int number = i;
                  eventLoop.execute(
                      () -> {
                        mine.add(number);
                        done.countDown();
                      });
                }
              });
      thread.start();
      threads.add(thread);
    }

    await(done);
    for (List<Integer> mine : ran) {
      assertThat(mine).isSorted().hasSize(2_000);
    }
    for (Thread thread : threads) {
      thread.join(LIMIT.toMillis());
    }
  }

  @ParameterizedTest
  @EnumSource
  void itsTasksAreInIt_andStepsAreNot(Transport transport) throws Exception {
    LoopScheduler scheduler = schedulers.make(transport, 1);
    LoopEventLoop eventLoop = eventLoop(scheduler);

    assertThat(on(eventLoop, () -> eventLoop.inEventLoop())).isTrue();
    assertThat(on(eventLoop, () -> eventLoop.isExecutorThread(Thread.currentThread()))).isTrue();
    assertThat(eventLoop.inEventLoop()).isFalse();
    Task<Boolean> step =
        Task.call(
            () -> eventLoop.inEventLoop() || eventLoop.isExecutorThread(Thread.currentThread()));
    assertThat(scheduler.spawn(step).block(LIMIT)).isFalse();
  }

  @ParameterizedTest
  @EnumSource
  void aTaskThatThrows_doesNotStopTheNext(Transport transport) {
    LoopEventLoop eventLoop = one(transport);

    eventLoop.execute(
        () -> {
          throw new IllegalStateException("on purpose");
        });

    assertThat(on(eventLoop, () -> "next")).isEqualTo("next");
    Future<Object> failed =
        eventLoop.submit(
            () -> {
              throw new IllegalStateException("submitted");
            });
    assertThatThrownBy(() -> failed.get(30, java.util.concurrent.TimeUnit.SECONDS))
        .hasRootCauseMessage("submitted");
  }

  @ParameterizedTest
  @EnumSource
  void invokeAll_runsAll(Transport transport) throws Exception {
    LoopEventLoop eventLoop = one(transport);

    List<Future<Integer>> all =
        eventLoop.invokeAll(List.of(() -> 1, () -> 2, () -> 3), LIMIT.toMillis(), MILLISECONDS);

    assertThat(all).extracting(NettySchedulers::get).containsExactly(1, 2, 3);
  }

  @ParameterizedTest
  @EnumSource
  void itIsCompatible_withTheChannelsOfItsTransportOnly(Transport transport) {
    LoopEventLoop eventLoop = one(transport);
    boolean epoll = transport == Transport.EPOLL;

    assertThat(eventLoop.isCompatible(EpollIoHandle.class)).isEqualTo(epoll);
    assertThat(eventLoop.isCompatible(NioIoHandle.class)).isNotEqualTo(epoll);
    assertThat(eventLoop.isIoType(EpollIoHandler.class)).isEqualTo(epoll);
    assertThat(eventLoop.isIoType(NioIoHandler.class)).isNotEqualTo(epoll);
    assertThat(eventLoop.parent().isCompatible(EpollIoHandle.class)).isEqualTo(epoll);
    assertThat(eventLoop.next()).isSameAs(eventLoop);
  }

  // Timers

  @ParameterizedTest
  @EnumSource
  void aTimer_firesOnce_inTheLoop_notEarly(Transport transport) {
    LoopEventLoop eventLoop = one(transport);
    long began = eventLoop.loop().now();

    ScheduledFuture<Boolean> timer =
        eventLoop.schedule(() -> eventLoop.inEventLoop(), 20, MILLISECONDS);

    assertThat(get(timer)).isTrue();
    assertThat(eventLoop.loop().now() - began).isGreaterThanOrEqualTo(MILLISECONDS.toNanos(20));
    assertThat(timers(eventLoop)).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void timersThatAreDue_fireAtOnce_alsoFromWithin(Transport transport) {
    LoopEventLoop eventLoop = one(transport);

    assertThat(get(eventLoop.schedule(() -> "zero", 0, NANOSECONDS))).isEqualTo("zero");
    assertThat(get(eventLoop.schedule(() -> "one", 1, NANOSECONDS))).isEqualTo("one");
    assertThat(get(eventLoop.schedule(() -> "past", -5, DAYS))).isEqualTo("past");
    assertThat(get(eventLoop.schedule(() -> "past", Long.MIN_VALUE, NANOSECONDS)))
        .isEqualTo("past");
    assertThat(get(on(eventLoop, () -> eventLoop.schedule(() -> "in", 0, NANOSECONDS))))
        .isEqualTo("in");
  }

  @ParameterizedTest
  @EnumSource
  void timersFireInTheOrderOfTheirTimes(Transport transport) {
    LoopEventLoop eventLoop = one(transport);
    List<Integer> fired = Collections.synchronizedList(new ArrayList<>());
    CountDownLatch done = new CountDownLatch(3);

    on(
        eventLoop,
        () -> {
          for (int delay : List.of(30, 10, 20)) {
            eventLoop.schedule(
                () -> {
                  fired.add(delay);
                  done.countDown();
                },
                delay,
                MILLISECONDS);
          }
          return null;
        });

    await(done);
    assertThat(fired).containsExactly(10, 20, 30);
  }

  @ParameterizedTest
  @EnumSource
  void aTimerFarAway_isKept_andCancelledWithoutTrace(Transport transport) {
    LoopEventLoop eventLoop = one(transport);

    List<ScheduledFuture<?>> far = new ArrayList<>();
    for (long days : new long[] {1, 19, 24, 25, 1_000, Long.MAX_VALUE}) {
      far.add(eventLoop.schedule(() -> {}, days, DAYS));
    }

    assertThat(timers(eventLoop)).isEqualTo(far.size());
    assertThat(far.get(4).getDelay(DAYS)).isBetween(999L, 1_000L);
    far.forEach(timer -> assertThat(timer.cancel(false)).isTrue());
    assertThat(timers(eventLoop)).isZero();
    assertThat(far).allMatch(Future::isCancelled).allMatch(Future::isDone);
    until("no timers", () -> eventLoop.loop().figures().timers() == 0);
    assertThat(eventLoop.loop().figures().waiting()).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void cancelFromWithin_leavesNoTimer(Transport transport) {
    LoopEventLoop eventLoop = one(transport);
    AtomicInteger fired = new AtomicInteger();

    on(
        eventLoop,
        () -> {
          for (int i = 0; i < 100; i++) {
            ScheduledFuture<?> timer = eventLoop.schedule(fired::incrementAndGet, i, MILLISECONDS);
            assertThat(timer.cancel(true)).isTrue();
            assertThat(timer.cancel(true)).isFalse();
          }
          return null;
        });

    assertThat(timers(eventLoop)).isZero();
    assertThat(get(eventLoop.schedule(fired::get, 120, MILLISECONDS))).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void cancelAfterItHasFired_changesNothing(Transport transport) {
    LoopEventLoop eventLoop = one(transport);
    ScheduledFuture<String> timer = eventLoop.schedule(() -> "fired", 1, MILLISECONDS);
    get(timer);

    assertThat(timer.cancel(false)).isFalse();

    assertThat(timer.isCancelled()).isFalse();
    assertThat(timer.getNow()).isEqualTo("fired");
    assertThat(timers(eventLoop)).isZero();
    assertThat(eventLoop.loop().figures().waiting()).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void cancelFromOutsideWhileTimersFire_leavesNoneBehind(Transport transport) {
    LoopEventLoop eventLoop = one(transport);
    AtomicInteger fired = new AtomicInteger();
    List<ScheduledFuture<?>> timers = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      timers.add(eventLoop.schedule(fired::incrementAndGet, i % 20, MILLISECONDS));
    }

    long cancelled = timers.stream().filter(timer -> timer.cancel(false)).count();

    until("all is over", () -> fired.get() + cancelled == 5_000);
    assertThat(timers(eventLoop)).isZero();
    until("no timers", () -> eventLoop.loop().figures().timers() == 0);
    assertThat(eventLoop.loop().figures().waiting()).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void aFixedRate_isKept_untilItIsCancelledFromWithin(Transport transport) {
    LoopEventLoop eventLoop = one(transport);
    AtomicInteger fired = new AtomicInteger();
    CountDownLatch done = new CountDownLatch(1);
    AtomicReference<ScheduledFuture<?>> timer = new AtomicReference<>();
    long began = eventLoop.loop().now();

    on(
        eventLoop,
        () -> {
          timer.set(
              eventLoop.scheduleAtFixedRate(
                  () -> {
                    if (fired.incrementAndGet() == 5) {
                      timer.get().cancel(false);
                      done.countDown();
                    }
                  },
                  2,
                  4,
                  MILLISECONDS));
          return null;
        });

    await(done);
    assertThat(eventLoop.loop().now() - began).isGreaterThanOrEqualTo(MILLISECONDS.toNanos(18));
    assertThat(timers(eventLoop)).isZero();
    assertThat(get(eventLoop.schedule(fired::get, 10, MILLISECONDS))).isEqualTo(5);
    assertThat(timer.get().isCancelled()).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void aFixedDelay_endsWithItsFirstError(Transport transport) {
    LoopEventLoop eventLoop = one(transport);
    AtomicInteger fired = new AtomicInteger();

    ScheduledFuture<?> timer =
        eventLoop.scheduleWithFixedDelay(
            () -> {
              if (fired.incrementAndGet() == 3) {
                throw new IllegalStateException("on purpose");
              }
            },
            0,
            1,
            MILLISECONDS);

    until("it has ended", timer::isDone);
    assertThat(timer.cause()).hasMessage("on purpose");
    assertThat(fired).hasValue(3);
    assertThat(timers(eventLoop)).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void aPeriodBelowOne_isRefused(Transport transport) {
    LoopEventLoop eventLoop = one(transport);

    assertThatThrownBy(() -> eventLoop.scheduleAtFixedRate(() -> {}, 0, 0, MILLISECONDS))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("period: 0 (expected: > 0)");
    assertThatThrownBy(() -> eventLoop.scheduleWithFixedDelay(() -> {}, 0, -1, MILLISECONDS))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("delay: -1 (expected: > 0)");
  }

  @ParameterizedTest
  @EnumSource
  void aTimerOfALoopThatLeaves_firesOnItsSuccessor(Transport transport) {
    LoopScheduler scheduler = schedulers.make(transport, 2);
    LoopEventLoop leaving = eventLoop(scheduler, 1);
    AtomicReference<Thread> fired = new AtomicReference<>();
    Thread owner = on(leaving, Thread::currentThread);
    ScheduledFuture<Boolean> timer =
        leaving.schedule(
            () -> {
              fired.set(Thread.currentThread());
              return leaving.inEventLoop();
            },
            300,
            MILLISECONDS);
    ScheduledFuture<?> cancelled = leaving.schedule(() -> {}, 1, HOURS);

    scheduler.loops(1);
    until("the loop has left", () -> !owner.isAlive());

    assertThat(cancelled.cancel(false)).isTrue();
    assertThat(get(timer)).isTrue();
    assertThat(fired.get()).isSameAs(on(eventLoop(scheduler), Thread::currentThread));
    assertThat(timers(eventLoop(scheduler))).isZero();
    assertThat(leaving.isShutdown()).isFalse();
    assertThat(leaving.isTerminated()).isFalse();
    assertThat(on(leaving, () -> leaving.inEventLoop())).isTrue();
    scheduler.close();
    until("it has terminated", leaving::isTerminated);
  }

  // The end

  @ParameterizedTest
  @EnumSource
  void afterTheEnd_itRefusesTasksAndTimers(Transport transport) {
    LoopScheduler scheduler = schedulers.make(transport, 1);
    LoopEventLoop eventLoop = eventLoop(scheduler);
    ScheduledFuture<?> waits = eventLoop.schedule(() -> {}, 1, HOURS);

    scheduler.close();

    assertThat(eventLoop.isShuttingDown()).isTrue();
    assertThat(eventLoop.isShutdown()).isTrue();
    assertThat(eventLoop.isTerminated()).isTrue();
    assertThat(eventLoop.parent().isTerminated()).isTrue();
    assertThatThrownBy(() -> eventLoop.execute(() -> {}))
        .isInstanceOf(RejectedExecutionException.class)
        .hasMessage("event loop 'web-1' has ended");
    assertThatThrownBy(() -> eventLoop.schedule(() -> {}, 1, MILLISECONDS))
        .isInstanceOf(RejectedExecutionException.class);
    until("timers are cancelled", waits::isCancelled);
  }

  @ParameterizedTest
  @EnumSource
  void aQuietPeriod_isExtendedByTasks(Transport transport) {
    LoopScheduler scheduler = schedulers.make(transport, 1);
    LoopEventLoop eventLoop = eventLoop(scheduler);
    AtomicInteger ran = new AtomicInteger();
    CountDownLatch stop = new CountDownLatch(1);
    Runnable again =
        new Runnable() {
          @Override
          public void run() {
            if (ran.incrementAndGet() < 20) { // 200 ms in all
              eventLoop.schedule(() -> eventLoop.execute(this), 10, MILLISECONDS);
            } else {
              stop.countDown();
            }
          }
        };
    eventLoop.execute(again);

    io.netty.util.concurrent.Future<?> ended =
        eventLoop.shutdownGracefully(100, 30_000, MILLISECONDS);

    await(stop);
    assertThat(ended.isDone()).as("ended while it was busy").isFalse();
    get(ended);
    assertThat(ran).hasValue(20);
    get(scheduler.onClosed());
  }

  @ParameterizedTest
  @EnumSource
  void aQuietPeriod_isBoundedByTheTimeout(Transport transport) {
    LoopScheduler scheduler = schedulers.make(transport, 1);
    LoopEventLoop eventLoop = eventLoop(scheduler);
    Runnable forEver =
        new Runnable() {
          @Override
          public void run() {
            eventLoop.schedule(() -> eventLoop.execute(this), 1, MILLISECONDS);
          }
        };
    eventLoop.execute(forEver);

    io.netty.util.concurrent.Future<?> ended =
        eventLoop.parent().shutdownGracefully(50, 200, MILLISECONDS);

    get(ended);
    assertThat(eventLoop.isTerminated()).isTrue();
    assertThat(get(eventLoop.terminationFuture())).isNull();
  }

  @ParameterizedTest
  @EnumSource
  void shutdown_isTold_toTheGroupOfClientsAsWell(Transport transport) throws Exception {
    LoopScheduler scheduler = schedulers.make(transport, 2);
    PicotLoopResources resources = PicotLoopResources.of(scheduler);

    resources.disposeLater(java.time.Duration.ZERO, LIMIT).block(LIMIT);

    assertThat(resources.isDisposed()).isTrue();
    assertThat(resources.onClient(true).isTerminated()).isTrue();
    assertThat(resources.onClient(true).awaitTermination(1, MILLISECONDS)).isTrue();
    assertThat(resources.onServer(true).isShutdown()).isTrue();
  }
}
