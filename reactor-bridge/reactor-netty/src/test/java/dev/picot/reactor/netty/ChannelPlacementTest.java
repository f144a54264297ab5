/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.netty;

import static dev.picot.reactor.netty.NettySchedulers.LIMIT;
import static dev.picot.reactor.netty.NettySchedulers.channels;
import static dev.picot.reactor.netty.NettySchedulers.eventLoop;
import static dev.picot.reactor.netty.NettySchedulers.get;
import static dev.picot.reactor.netty.NettySchedulers.loops;
import static dev.picot.reactor.netty.NettySchedulers.on;
import static dev.picot.reactor.netty.NettySchedulers.until;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.picot.CallbackThread;
import dev.picot.LoopScheduler;
import dev.picot.Task;
import dev.picot.loop.Loop;
import dev.picot.loop.LoopGroup;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which loop a channel belongs to, and for how long. */
@SuppressWarnings("deprecation") // channels come so: bootstraps call register
class ChannelPlacementTest {
  @RegisterExtension private final NettySchedulers schedulers = new NettySchedulers();

  private static Channel channel(Transport transport) {
    Channel channel =
        transport == Transport.EPOLL ? new EpollDatagramChannel() : new NioDatagramChannel();
    channel.pipeline().addLast(new ChannelInboundHandlerAdapter());
    return channel;
  }

  private static EventLoopGroup clients(LoopScheduler scheduler) {
    return PicotLoopResources.of(scheduler).onClient(true);
  }

  private static EventLoopGroup servers(LoopScheduler scheduler) {
    return PicotLoopResources.of(scheduler).onServer(true);
  }

  private static void closed(Channel channel) {
    get(channel.close());
  }

  // Which

  @ParameterizedTest
  @EnumSource
  void aLoopThatCouldNotOpenItsTransport_getsNoChannels(Transport transport) {
    AtomicInteger opened = new AtomicInteger();
    LoopEventLoopGroup group =
        new LoopEventLoopGroup(
            transport,
            () -> {
              if (opened.getAndIncrement() == 0) {
                throw new IllegalStateException("no descriptor left");
              }
              return transport.handlers();
            });
    LoopScheduler scheduler =
        schedulers.closedAfterwards(
            NettyLoops.build(NettySchedulers.builder("web").loops(2), group));
    until("both have tried", () -> opened.get() == 2);
    for (Loop loop : loops(scheduler)) {
      on(LoopEventLoopGroup.of(loop), () -> null); // it runs what is executed all the same
    }

    Channel first = channel(transport);
    Channel second = channel(transport);
    get(group.next().register(first));
    get(group.next().register(second));

    assertThat(first.eventLoop()).isSameAs(second.eventLoop());
    assertThat(channels(scheduler)).isEqualTo(2);
    for (Loop loop : loops(scheduler)) {
      assertThat(on(LoopEventLoopGroup.of(loop), () -> clients(scheduler).next()))
          .as("for clients that ask there")
          .isSameAs(first.eventLoop());
    }
    closed(first);
    closed(second);
  }

  @ParameterizedTest
  @EnumSource
  void aLoopThatIsAboutToOpenItsTransport_hasItsTurn(Transport transport) {
    CountDownLatch open = schedulers.gate();
    LoopEventLoopGroup group =
        new LoopEventLoopGroup(
            transport,
            () -> {
              NettySchedulers.pass(open);
              return transport.handlers();
            });
    schedulers.closedAfterwards(NettyLoops.build(NettySchedulers.builder("web").loops(2), group));

    assertThat(group.next()).isNotSameAs(group.next());
  }

  @ParameterizedTest
  @EnumSource
  void aBuilderThatHasMadeEventLoops_makesPlainLoopsLater(Transport transport) {
    LoopScheduler.Builder builder = NettySchedulers.builder("web").loops(1);
    schedulers.closedAfterwards(NettyLoops.build(builder, transport));

    LoopScheduler plain = schedulers.closedAfterwards(builder.build());

    assertThat(loops(plain).get(0).io()).isNull();
    assertThatThrownBy(() -> PicotLoopResources.of(plain))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @EnumSource
  void servers_getTheLoopsOneAfterTheOther(Transport transport) {
    LoopScheduler scheduler = schedulers.make(transport, 3);
    EventLoopGroup group = servers(scheduler);

    List<EventExecutor> next =
        IntStream.range(0, 6).<EventExecutor>mapToObj(i -> group.next()).toList();

    assertThat(next.subList(0, 3)).doesNotHaveDuplicates().isEqualTo(next.subList(3, 6));
    assertThat(group).containsExactlyInAnyOrderElementsOf(next.subList(0, 3));
  }

  @ParameterizedTest
  @EnumSource
  void clients_getTheLoopTheyAskOn_inAStepAndInAHandler(Transport transport) throws Exception {
    LoopScheduler scheduler = schedulers.make(transport, 3);
    EventLoopGroup group = clients(scheduler);

    for (int i = 0; i < 3; i++) {
      LoopEventLoop here = eventLoop(scheduler, i);
      assertThat(on(here, group::next)).isSameAs(here);
    }
    for (int i = 0; i < 20; i++) {
      Task<Boolean> step =
          Task.call(
              () ->
                  ((LoopEventLoop) group.next())
                      .loop()
                      .name()
                      .equals(Thread.currentThread().getName()));
      assertThat(scheduler.spawn(step).block(LIMIT)).isTrue();
    }
    assertThat(IntStream.range(0, 3).mapToObj(i -> group.next()).toList())
        .as("elsewhere: one after the other")
        .doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @EnumSource
  void afterATakeover_theNewOwnerGetsItsLoop(Transport transport) throws Exception {
    LoopScheduler scheduler = schedulers.make(transport, 1);
    CountDownLatch gate = schedulers.gate();
    EventLoopGroup group = clients(scheduler);
    CallbackThread<?> stuck = scheduler.spawn(Task.run(() -> NettySchedulers.pass(gate)));
    until("it is taken over", () -> stuck.state() == CallbackThread.State.DETACHED);
    scheduler.loops(3);
    LoopEventLoop first = eventLoop(scheduler);

    for (int i = 0; i < 4; i++) { // one after the other would be another one each time
      assertThat(on(first, group::next)).isSameAs(first);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aLoopThatIsToLeave_getsNoChannels_alsoNotFromItself(Transport transport) {
    LoopScheduler scheduler = schedulers.make(transport, 2);
    LoopEventLoop leaving = eventLoop(scheduler, 1);
    Channel channel = channel(transport);
    get(leaving.register(channel));

    scheduler.loops(1);

    assertThat(on(leaving, () -> clients(scheduler).next())).isSameAs(eventLoop(scheduler));
    assertThat(servers(scheduler).next()).isSameAs(servers(scheduler).next());
    closed(channel);
  }

  @ParameterizedTest
  @EnumSource
  void aLoopWhoseHandlerHangs_getsNoChannels(Transport transport) {
    LoopScheduler scheduler = schedulers.make(transport, 3);
    LoopEventLoop hung = eventLoop(scheduler, 1);
    CountDownLatch gate = schedulers.gate();
    EventLoopGroup group = servers(scheduler);
    hung.execute(() -> NettySchedulers.pass(gate));

    until(
        "it gets none",
        () -> IntStream.range(0, 6).mapToObj(i -> group.next()).noneMatch(loop -> loop == hung));

    gate.countDown();
    until("it gets some again", () -> group.next() == hung);
  }

  // How long

  @ParameterizedTest
  @EnumSource
  void aChannel_isCountedUntilItIsClosed(Transport transport) {
    LoopScheduler scheduler = schedulers.make(transport, 1);
    Channel channel = channel(transport);

    get(eventLoop(scheduler).register(channel));
    assertThat(channels(scheduler)).isOne();
    closed(channel);

    until("it is not counted", () -> channels(scheduler) == 0);
  }

  @ParameterizedTest
  @EnumSource
  void aChannelThatGoesElsewhere_isCountedThere(Transport transport) {
    LoopScheduler scheduler = schedulers.make(transport, 2);
    LoopEventLoop first = eventLoop(scheduler, 0);
    LoopEventLoop second = eventLoop(scheduler, 1);
    Channel channel = channel(transport);
    get(first.register(channel));

    get(channel.deregister());
    get(second.register(channel));

    assertThat(((LoopIo) first.loop().io()).channels()).isZero();
    assertThat(((LoopIo) second.loop().io()).channels()).isOne();
    closed(channel);
  }

  @ParameterizedTest
  @EnumSource
  void aChannelOfAnotherTransport_isRefused_andNotCounted(Transport transport) {
    LoopScheduler scheduler = schedulers.make(transport, 1);
    Channel foreign = channel(transport == Transport.EPOLL ? Transport.NIO : Transport.EPOLL);

    ChannelFuture future = eventLoop(scheduler).register(foreign);

    until("it is refused", future::isDone);
    assertThat(future.cause()).hasMessageContaining("incompatible event loop type");
    assertThat(channels(scheduler)).isZero();
    foreign.unsafe().closeForcibly();
  }

  @ParameterizedTest
  @EnumSource
  void aLoop_leavesWithItsLastChannel_andServesItUntilThen(Transport transport) throws Exception {
    LoopScheduler scheduler = schedulers.make(transport, 2);
    LoopEventLoop leaving = eventLoop(scheduler, 1);
    Thread owner = on(leaving, Thread::currentThread);
    Channel channel = channel(transport);
    get(leaving.register(channel));
    get(channel.bind(new InetSocketAddress("localhost", 0)));

    scheduler.loops(1);

    for (int i = 0; i < 50; i++) {
      assertThat(on(leaving, Thread::currentThread)).isSameAs(owner);
    }
    assertThat(channel.isActive()).isTrue();
    closed(channel);
    owner.join(LIMIT.toMillis());
    assertThat(owner.isAlive()).isFalse();
    until("it is forgotten", () -> LoopGroup.of(scheduler).all().size() == 1);
  }

  @ParameterizedTest
  @EnumSource
  void aChannelThatComesToALoopThatHasLeft_isServedByItsSuccessor(Transport transport)
      throws Exception {
    LoopScheduler scheduler = schedulers.make(transport, 2);
    LoopEventLoop left = eventLoop(scheduler, 1);
    Thread owner = on(left, Thread::currentThread);
    scheduler.loops(1);
    owner.join(LIMIT.toMillis());
    Channel channel = channel(transport);
    AtomicReference<Thread> read = new AtomicReference<>();
    CountDownLatch received = new CountDownLatch(1);
    channel
        .pipeline()
        .addLast(
            new ChannelInboundHandlerAdapter() {
              @Override
              public void channelRead(
                  io.netty.channel.ChannelHandlerContext context, Object message) {
                io.netty.util.ReferenceCountUtil.release(message);
                read.set(Thread.currentThread());
                received.countDown();
              }
            });

    get(left.register(channel));
    get(channel.bind(new InetSocketAddress("localhost", 0)));

    assertThat(channels(scheduler)).isOne();
    try (var socket = new java.net.DatagramSocket()) {
      while (!received.await(
          100, java.util.concurrent.TimeUnit.MILLISECONDS)) { // datagrams get lost
        socket.send(new java.net.DatagramPacket(new byte[] {1}, 1, channel.localAddress()));
      }
    }
    assertThat(read.get()).isSameAs(on(eventLoop(scheduler), Thread::currentThread));
    closed(channel);
    until("it is not counted", () -> channels(scheduler) == 0);
  }

  @ParameterizedTest
  @EnumSource
  void channelsThatComeWhileLoopsLeave_areAllServed(Transport transport) {
    LoopScheduler scheduler = schedulers.make(transport, 3);

    for (int i = 0; i < 100; i++) {
      List<Loop> before = loops(scheduler);
      List<Channel> made = new ArrayList<>();
      List<ChannelFuture> futures = new ArrayList<>();
      scheduler.loops(1 + i % 3);
      for (Loop loop : before) {
        Channel channel = channel(transport);
        made.add(channel);
        futures.add(LoopEventLoopGroup.of(loop).register(channel));
      }
      futures.forEach(NettySchedulers::get);
      made.forEach(ChannelPlacementTest::closed);
    }
    until("none is counted", () -> channels(scheduler) == 0);
  }

  // The end

  @ParameterizedTest
  @EnumSource
  void closing_closesTheChannels_onceNothingElseNeedsTheLoops(Transport transport) {
    LoopScheduler scheduler = schedulers.make(transport, 2);
    Channel channel = channel(transport);
    get(eventLoop(scheduler, 1).register(channel));
    java.util.concurrent.CompletableFuture<String> answer =
        new java.util.concurrent.CompletableFuture<>();
    CallbackThread<String> needs = scheduler.spawn(Task.await(answer));

    var ended = scheduler.shutdown(LIMIT);
    for (int i = 0; i < 50; i++) {
      on(eventLoop(scheduler, 1), () -> null);
    }
    assertThat(channel.isOpen()).isTrue();
    on(eventLoop(scheduler), () -> answer.complete("arrived"));

    get(ended);
    assertThat(channel.closeFuture().isDone()).isTrue();
    assertThat(needs.outcome()).isPresent();
  }

  @ParameterizedTest
  @EnumSource
  void aGracefulShutdown_closesTheChannels_andRefusesNewOnes(Transport transport) {
    LoopScheduler scheduler = schedulers.make(transport, 1);
    LoopEventLoop eventLoop = eventLoop(scheduler);
    Channel channel = channel(transport);
    get(eventLoop.register(channel));
    CallbackThread<?> keeps = scheduler.spawn(Task.never());

    Future<?> ended = eventLoop.shutdownGracefully(0, LIMIT.toSeconds(), SECONDS);

    assertThat(ended.isDone()).isFalse();
    assertThat(channel.closeFuture().awaitUninterruptibly(LIMIT.toMillis())).isTrue();
    Channel late = channel(transport);
    ChannelFuture refused = eventLoop.register(late);
    assertThatThrownBy(() -> get(refused)).hasCauseInstanceOf(RejectedExecutionException.class);
    assertThat(late.isOpen()).isFalse();
    assertThat(eventLoop.isShuttingDown()).isTrue();
    assertThat(keeps.cancel()).isTrue();
    get(eventLoop.terminationFuture());
  }

  @ParameterizedTest
  @EnumSource
  void aLoopThatComesDuringAQuietPeriod_takesNoChannels(Transport transport) {
    LoopScheduler scheduler = schedulers.make(transport, 1);
    LoopEventLoopGroup group = eventLoop(scheduler).parent();
    group.beginShutdown(LIMIT.toNanos(), LIMIT.toNanos());

    scheduler.loops(2);

    ChannelFuture registered = eventLoop(scheduler, 1).register(channel(transport));
    until("it was answered", registered::isDone);
    assertThat(registered.cause()).isInstanceOf(RejectedExecutionException.class);
  }
}
