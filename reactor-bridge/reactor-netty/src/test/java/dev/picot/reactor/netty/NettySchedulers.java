/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.reactor.netty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.picot.LoopScheduler;
import dev.picot.loop.Loop;
import dev.picot.loop.LoopGroup;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import reactor.netty.DisposableServer;

/** Makes schedulers whose loops handle channels, closes them after a test, and waits. */
final class NettySchedulers implements AfterEachCallback {
  static final Duration LIMIT = Duration.ofSeconds(30);

  private final List<LoopScheduler> made = new ArrayList<>();
  private final List<CountDownLatch> gates = new ArrayList<>();

  LoopScheduler make(Transport transport, int loops) {
    return make(transport, builder -> builder.loops(loops));
  }

  /** Loops are taken over soon; nothing fails within the time of a test. */
  LoopScheduler make(Transport transport, UnaryOperator<LoopScheduler.Builder> options) {
    return closedAfterwards(NettyLoops.build(options.apply(builder("web")), transport));
  }

  static LoopScheduler.Builder builder(String name) {
    return LoopScheduler.builder(name)
        .watchdog(
            w ->
                w.warnAfter(Duration.ofMillis(50))
                    .takeoverAfter(Duration.ofMillis(100))
                    .failAfter(Duration.ofMinutes(5)));
  }

  LoopScheduler closedAfterwards(LoopScheduler scheduler) {
    made.add(scheduler);
    return scheduler;
  }

  /** A latch that is opened after the test at the latest. */
  CountDownLatch gate() {
    CountDownLatch gate = new CountDownLatch(1);
    gates.add(gate);
    return gate;
  }

  /** Waits whatever comes, as a step that is stuck. */
  static void pass(CountDownLatch gate) {
    boolean interrupted = false;
    while (gate.getCount() > 0) {
      try {
        gate.await();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  static List<Loop> loops(LoopScheduler scheduler) {
    return LoopGroup.of(scheduler).loops();
  }

  static LoopEventLoop eventLoop(LoopScheduler scheduler) {
    return eventLoop(scheduler, 0);
  }

  static LoopEventLoop eventLoop(LoopScheduler scheduler, int index) {
    return LoopEventLoopGroup.of(loops(scheduler).get(index));
  }

  static int channels(LoopScheduler scheduler) {
    return LoopGroup.of(scheduler).all().stream()
        .mapToInt(loop -> ((LoopIo) loop.io()).channels())
        .sum();
  }

  static <T> T on(LoopEventLoop eventLoop, Callable<T> call) {
    return get(eventLoop.submit(call));
  }

  static <T> T get(Future<T> future) {
    try {
      return future.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException | TimeoutException e) {
      throw new AssertionError(e);
    } catch (ExecutionException e) {
      throw new AssertionError("failed", e.getCause());
    }
  }

  static <T> T get(java.util.concurrent.CompletionStage<T> stage) {
    CompletableFuture<T> future = new CompletableFuture<>();
    stage.whenComplete(
        (value, error) -> {
          if (error == null) {
            future.complete(value);
          } else {
            future.completeExceptionally(error);
          }
        });
    return get((Future<T>) future);
  }

  /** Sends a request that ends with its connection; Reactor Netty's client may miss a cancel. */
  static Socket ask(DisposableServer server, String headers) throws IOException {
    Socket socket = new Socket("localhost", server.port());
    String request = "GET / HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n";
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).as("latch").isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Waits for what nobody tells. */
  static void until(String what, BooleanSupplier condition) {
    long began = System.nanoTime();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - began).as(what).isLessThan(LIMIT.toNanos());
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
  }

  @Override
  public void afterEach(ExtensionContext context) {
    gates.forEach(CountDownLatch::countDown);
    made.forEach(LoopScheduler::closeNow);
    made.forEach(scheduler -> get(scheduler.onClosed()));
  }
}
