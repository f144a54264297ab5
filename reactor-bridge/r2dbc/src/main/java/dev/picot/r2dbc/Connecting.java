/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import dev.picot.loop.LoopTask;
import dev.picot.loop.LoopThread;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.R2dbcNonTransientResourceException;
import io.r2dbc.spi.R2dbcTimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/**
 * A connection that is being opened: subscribes in a slice of the pool's loop, or on the lane of
 * the connection to be.
 */
final class Connecting extends LoopTask implements CoreSubscriber<Connection> {
  private final Pool pool;
  private final @Nullable Lane lane;

  /** By the clock of the loop. */
  final long givenUpAt;

  /** Set by whoever ends it: the driver or the pool. */
  private final AtomicBoolean ended = new AtomicBoolean();

  private final AtomicReference<@Nullable Subscription> driver = new AtomicReference<>();

  Connecting(Pool pool, long givenUpAt) {
    this.pool = pool;
    this.lane = pool.setup().newLane(pool.name());
    this.givenUpAt = givenUpAt;
  }

  /** Outside of the pool. */
  void start() {
    if (lane != null) {
      lane.run(this::subscribe);
    } else if (!pool.placeOfConnecting().post(this)) {
      end(new PoolClosedException(pool.name()));
    }
  }

  @Override
  protected void runSlice(LoopThread thread) {
    try {
      subscribe();
    } finally {
      thread.exitSlice();
    }
  }

  private void subscribe() {
    if (ended.get()) {
      return;
    }
    try {
      pool.setup().driver().create().subscribe(this);
    } catch (Throwable e) { // of create() itself
      end(e);
    }
  }

  @Override
  public void onSubscribe(Subscription subscription) {
    if (driver.compareAndSet(null, subscription)) {
      subscription.request(Long.MAX_VALUE);
    } else {
      subscription.cancel();
    }
  }

  @Override
  public void onNext(Connection connection) {
    if (ended.compareAndSet(false, true)) {
      pool.connected(this, connection, lane);
    } else {
      Mono<Void> close = Mono.defer(() -> Mono.from(connection.close()));
      (lane == null ? close : close.subscribeOn(lane.scheduler())).subscribe(v -> {}, e -> {});
    }
  }

  @Override
  public void onError(Throwable error) {
    end(error);
  }

  @Override
  public void onComplete() {
    end(
        new R2dbcNonTransientResourceException(
            "The driver of pool '" + pool.name() + "' completed without a connection"));
  }

  private void end(Throwable reason) {
    if (ended.compareAndSet(false, true)) {
      pool.notConnected(this, reason);
    }
  }

  /** It has taken too long, or the pool closes. Outside of the pool. */
  void abandon(boolean late) {
    if (ended.compareAndSet(false, true)) {
      try {
        cancelDriver();
      } finally {
        pool.notConnected(
            this,
            late
                ? new R2dbcTimeoutException(
                    "Pool '"
                        + pool.name()
                        + "' could not open a connection within "
                        + pool.setup().options().connectTimeout().toMillis()
                        + " ms (limit: connectTimeout). Check that the database can be reached, or raise the limit.")
                : new PoolClosedException(pool.name()));
      }
    }
  }

  private void cancelDriver() {
    Subscription subscription = driver.getAndSet(Operators.cancelledSubscription());
    if (subscription == null) {
      return; // whoever brings it cancels it
    }
    if (lane == null) {
      subscription.cancel();
    } else {
      lane.run(subscription::cancel);
    }
  }

  @Override
  protected String describe() {
    return "the opening of a connection of pool '" + pool.name() + "'";
  }
}
