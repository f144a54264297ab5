/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.netty;

import static dev.picot.reactor.netty.NettySchedulers.get;
import static dev.picot.reactor.netty.NettySchedulers.on;
import static dev.picot.reactor.netty.NettySchedulers.until;
import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.LoopScheduler;
import io.netty.channel.IoEvent;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** When a channel's interest in events is submitted to the handler of its loop. */
class InterestsTest {
  private static final IoOps NOTHING = new Interest("nothing");
  private static final IoOps READ = new Interest("read");

  @RegisterExtension private final NettySchedulers schedulers = new NettySchedulers();

  private final List<IoOps> submitted = new CopyOnWriteArrayList<>();
  private final AtomicInteger looks = new AtomicInteger();
  private final AtomicBoolean closed = new AtomicBoolean();

  /** An interest that the handler refuses; null for none. */
  private volatile IoOps refused;

  private record Interest(String name) implements IoOps {}

  /** Never waits, so the loop looks for events again and again. */
  private final class Handler implements IoHandler {
    @Override
    public int run(IoHandlerContext context) {
      looks.incrementAndGet();
      return 0;
    }

    @Override
    public IoRegistration register(IoHandle handle) {
      return new Registration();
    }

    @Override
    public void wakeup() {}

    @Override
    public boolean isCompatible(Class<? extends IoHandle> handleType) {
      return true;
    }
  }

  private final class Registration implements IoRegistration {
    private boolean cancelled;

    @Override
    @SuppressWarnings("TypeParameterUnusedInFormals") // as Netty declares it
    public <T> T attachment() {
      return null;
    }

    @Override
    public long submit(IoOps ops) {
      submitted.add(ops);
      if (ops == refused) {
        throw new UncheckedIOException(new IOException("on purpose"));
      }
      return 1;
    }

    @Override
    public boolean isValid() {
      return !cancelled;
    }

    @Override
    public boolean cancel() {
      cancelled = true;
      return true;
    }
  }

  private final class Handle implements IoHandle {
    @Override
    public void handle(IoRegistration registration, IoEvent event) {}

    @Override
    public void close() {
      closed.set(true);
    }
  }

  /**
   * Registers a handle, does something in the event loop, and waits until events were looked for.
   */
  private void afterwards(Consumer<IoRegistration> action) {
    LoopEventLoopGroup group =
        new LoopEventLoopGroup(Transport.EPOLL, () -> executor -> new Handler());
    LoopScheduler scheduler =
        schedulers.closedAfterwards(
            NettyLoops.build(NettySchedulers.builder("web").loops(1), group));
    LoopEventLoop eventLoop = NettySchedulers.eventLoop(scheduler);
    IoRegistration registration = get(eventLoop.register(new Handle()));
    int before =
        on(
            eventLoop,
            () -> {
              action.accept(registration);
              return looks.get();
            });
    until("events were looked for", () -> looks.get() > before + 1);
  }

  @Test
  void theFirst_isSubmittedAtOnce() {
    afterwards(
        registration -> {
          registration.submit(READ);
          assertThat(submitted).containsExactly(READ);
        });

    assertThat(submitted).containsExactly(READ);
  }

  @Test
  void aLaterOne_isSubmittedBeforeEventsAreLookedFor() {
    afterwards(
        registration -> {
          registration.submit(READ);
          registration.submit(NOTHING);
          assertThat(submitted).containsExactly(READ);
        });

    assertThat(submitted).containsExactly(READ, NOTHING);
  }

  @Test
  void aChangeThatIsTakenBack_isNotSubmitted() {
    afterwards(
        registration -> {
          registration.submit(READ);
          registration.submit(NOTHING);
          registration.submit(READ);
        });

    assertThat(submitted).containsExactly(READ);
  }

  @Test
  void aChangeOfWhatWasCancelled_isNotSubmitted() {
    afterwards(
        registration -> {
          registration.submit(READ);
          registration.submit(NOTHING);
          registration.cancel();
        });

    assertThat(submitted).containsExactly(READ);
  }

  @Test
  void aChangeThatIsRefused_closesItsChannel_andNoOther() {
    refused = NOTHING;

    afterwards(
        registration -> {
          registration.submit(READ);
          registration.submit(NOTHING);
        });

    until("it was closed", closed::get);
    assertThat(submitted).containsExactly(READ, NOTHING);
  }
}
