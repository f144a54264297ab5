/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.lang.reflect.Proxy;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.Disposables;

class SpreadConnectionsTest {
  private static final IoHandlerFactory NIO = NioIoHandler.newFactory();

  /** How many connections each loop has. */
  private final List<AtomicInteger> registered = new CopyOnWriteArrayList<>();

  @Test
  void connectionsAreOpenedOnAllLoopsInTurns() throws Exception {
    MultiThreadIoEventLoopGroup loops =
        new MultiThreadIoEventLoopGroup(2, executor -> counting(NIO.newHandler(executor)));
    Disposable.Composite attempts = Disposables.composite();
    List<Socket> accepted = new ArrayList<>();
    try (ServerSocket silent = new ServerSocket(0)) {
      silent.setSoTimeout(10_000);
      SpreadConnections connections =
          new SpreadConnections(new Site(2, 8, silent.getLocalPort()), isNative -> loops);

      for (int i = 0; i < 8; i++) {
        attempts.add(connections.create().subscribe());
        accepted.add(silent.accept());
      }

      assertThat(registered).extracting(AtomicInteger::get).containsExactly(4, 4);
    } finally {
      attempts.dispose();
      for (Socket socket : accepted) {
        socket.close();
      }
      loops.shutdownGracefully(0, 0, TimeUnit.SECONDS).sync();
    }
  }

  private IoHandler counting(IoHandler handler) {
    AtomicInteger count = new AtomicInteger();
    registered.add(count);
    return (IoHandler)
        Proxy.newProxyInstance(
            IoHandler.class.getClassLoader(),
            new Class<?>[] {IoHandler.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("register")) {
                count.incrementAndGet();
              }
              return method.invoke(handler, arguments);
            });
  }
}
