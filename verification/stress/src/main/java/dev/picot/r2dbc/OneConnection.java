/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import dev.picot.loop.Loop;
import dev.picot.loop.LoopGroup;
import dev.picot.loop.Loops;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import io.r2dbc.spi.ValidationDepth;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

/** A pool of one connection, whose loop is driven by hand. */
class OneConnection implements ConnectionFactory {
  private static final Duration LONG = Duration.ofHours(1);

  /** Enough for the longest way: a cleanup, and a caller that is served after it. */
  private static final int TURNS = 6;

  private static final ConnectionFactoryMetadata METADATA = () -> "driver of one connection";

  /** How often it was closed. */
  final AtomicInteger closed = new AtomicInteger();

  final Loop home;
  final Pools pools;
  final Pool pool;

  private final Connection connection =
      (Connection)
          Proxy.newProxyInstance(
              OneConnection.class.getClassLoader(),
              new Class<?>[] {Connection.class},
              (proxy, method, arguments) -> answer(method));

  OneConnection() {
    LoopGroup group = Loops.groupByHand(1);
    PoolOptions options =
        new PoolOptions(
            "one", 1, 0, 8, LONG, LONG, LONG, LONG, LONG, LONG, ValidationDepth.REMOTE, null);
    home = group.loops().get(0);
    pools = new Pools(new Setup(this, group, Placement.PER_LOOP, options));
    pool = pools.open().get(0);
  }

  @Override
  public Publisher<Connection> create() {
    return Mono.just(connection);
  }

  @Override
  public ConnectionFactoryMetadata getMetadata() {
    return METADATA;
  }

  private Object answer(Method method) {
    return switch (method.getName()) {
      case "isAutoCommit" -> true;
      case "validate" -> Mono.just(true);
      case "close" -> Mono.fromRunnable(closed::incrementAndGet);
      case "toString" -> "connection";
      default -> throw new UnsupportedOperationException(method.toString());
    };
  }

  /** Lends the connection. */
  final Lease lend() {
    Caller caller = new Caller();
    caller.acquire.request(1);
    drain();
    return caller.lease;
  }

  /** Does what was posted, and what that has posted. */
  final void drain() {
    for (int i = 0; i < TURNS; i++) {
      Loops.turn(home);
    }
  }

  /** Somebody who wants the connection, and is on no loop. */
  final class Caller implements CoreSubscriber<Connection> {
    final Acquire acquire = new Acquire(this, pools, pool);
    final AtomicInteger served = new AtomicInteger();
    final AtomicInteger failed = new AtomicInteger();
    Lease lease;

    @Override
    public void onSubscribe(Subscription subscription) {}

    @Override
    public void onNext(Connection given) {
      lease = (Lease) given;
      served.incrementAndGet();
    }

    @Override
    public void onError(Throwable error) {
      failed.incrementAndGet();
    }

    @Override
    public void onComplete() {}
  }

  /** It is lent. */
  abstract static class Lent extends OneConnection {
    final Lease lease = lend();
  }

  /** It was lent, and is idle. */
  abstract static class Free extends OneConnection {
    Free() {
      pool.giveBack(lend().slot());
    }
  }
}
