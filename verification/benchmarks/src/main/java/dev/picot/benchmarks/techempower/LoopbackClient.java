/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.benchmarks.techempower;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A small client on the calling thread, for machines without wrk and for what is shorter. */
final class LoopbackClient implements LoadGenerator {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  @Override
  public String name() {
    return "own client with one thread";
  }

  @Override
  public Load run(URI target, int connections, Duration duration) throws IOException {
    try (Selector selector = Selector.open()) {
      return new Session(selector, target, duration).run(connections);
    }
  }

  /** One run. */
  private static final class Session {
    private final Selector selector;
    private final InetSocketAddress address;
    private final ByteBuffer request;
    private final ByteBuffer input = ByteBuffer.allocateDirect(64 * 1_024);
    private final Latencies latencies = new Latencies();
    private final long startNanos = System.nanoTime();
    private final long durationNanos;
    private int waiting;

    Session(Selector selector, URI target, Duration duration) {
      this.selector = selector;
      this.address = new InetSocketAddress(target.getHost(), target.getPort());
      this.request =
          ByteBuffer.wrap(
              "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n"
                  .formatted(pathAndQuery(target), target.getAuthority())
                  .getBytes(StandardCharsets.US_ASCII));
      this.durationNanos = duration.toNanos();
    }

    private static String pathAndQuery(URI target) {
      String query = target.getRawQuery();
      return query == null ? target.getRawPath() : target.getRawPath() + "?" + query;
    }

    Load run(int connections) throws IOException {
      List<SocketChannel> channels = new ArrayList<>();
      try {
        for (int i = 0; i < connections; i++) {
          SocketChannel channel = SocketChannel.open(address);
          channels.add(channel);
          channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
          channel.configureBlocking(false);
          SelectionKey key = channel.register(selector, SelectionKey.OP_READ);
          key.attach(new Exchange(channel));
        }
        for (SelectionKey key : selector.keys()) {
          ask((Exchange) key.attachment());
        }
        while (waiting > 0) {
          readSome();
        }
      } finally {
        for (SocketChannel channel : channels) {
          channel.close();
        }
      }
      double seconds = (System.nanoTime() - startNanos) / 1e9;
      return new Load(
          latencies.total(), seconds, latencies.percentile(50), latencies.percentile(99));
    }

    private void readSome() throws IOException {
      if (selector.select(this::read, LIMIT.toMillis()) == 0) {
        throw new IllegalStateException(
            "%d requests were not answered within %s".formatted(waiting, LIMIT));
      }
    }

    private void read(SelectionKey key) {
      Exchange exchange = (Exchange) key.attachment();
      try {
        input.clear();
        if (exchange.channel.read(input) < 0) {
          throw new EOFException("the server closed a connection");
        }
        if (exchange.response.isEndedBy(input.flip())) {
          long now = System.nanoTime();
          latencies.add(now - exchange.beginNanos);
          waiting--;
          if (now - startNanos < durationNanos) {
            ask(exchange);
          }
        }
      } catch (IOException e) {
        throw new IllegalStateException(String.valueOf(e), e);
      }
    }

    private void ask(Exchange exchange) throws IOException {
      exchange.beginNanos = System.nanoTime();
      waiting++;
      exchange.channel.write(request.rewind());
      if (request.hasRemaining()) {
        throw new IllegalStateException("the server does not take a request");
      }
    }
  }

  /** One connection, with the one request that it has in flight. */
  private static final class Exchange {
    final SocketChannel channel;
    final ResponseReader response = new ResponseReader();
    long beginNanos;

    Exchange(SocketChannel channel) {
      this.channel = channel;
    }
  }
}
