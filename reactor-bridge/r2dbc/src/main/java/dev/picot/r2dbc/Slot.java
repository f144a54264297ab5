/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.r2dbc;

import dev.picot.internal.Nanos;
import dev.picot.internal.Text;
import dev.picot.loop.Loop;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.IsolationLevel;
import io.r2dbc.spi.ValidationDepth;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A connection of the driver's and what its pool knows about it. It has one owner at a time: its
 * pool, or the {@link Lease} that was given it; handing over happens through the pool's queue.
 */
final class Slot implements Runnable {
  /** Connections of one age do not all end at once: up to a tenth less. */
  private static final double JITTER = 0.1;

  final Pool pool;
  final Connection connection;
  final @Nullable Lane lane;

  /** By the clock of the loop; {@link Long#MAX_VALUE} is never. */
  final long expiresAt;

  /** Written when it becomes idle. Owner only. */
  long idleSince;

  /** Whether it is to be closed when it comes back. Owner only. */
  boolean doomed;

  /** As the driver has opened it; null as long as nobody has had it. Owner only. */
  private @Nullable Boolean autoCommit;

  /** As the driver has opened it; null as long as nobody was about to change it. Owner only. */
  private @Nullable IsolationLevel isolationLevel;

  Slot(Pool pool, Connection connection, @Nullable Lane lane, long now) {
    this.pool = pool;
    this.connection = connection;
    this.lane = lane;
    PoolOptions options = pool.setup().options();
    this.expiresAt = expiry(options.maxAge(), now);
    this.idleSince = now;
  }

  private static long expiry(Duration maxAge, long now) {
    if (maxAge.isZero()) {
      return Long.MAX_VALUE;
    }
    double shorter = 1 - JITTER * ThreadLocalRandom.current().nextDouble();
    return now + (long) (Nanos.of(maxAge) * shorter);
  }

  boolean isTooOld(long now) {
    return expiresAt != Long.MAX_VALUE && now - expiresAt >= 0;
  }

  void rememberAutoCommit() {
    if (autoCommit == null) {
      autoCommit = connection.isAutoCommit();
    }
  }

  void rememberLevel() {
    if (isolationLevel == null) {
      isolationLevel = connection.getTransactionIsolationLevel();
    }
  }

  /** Whether nothing that can be set back has to be. */
  boolean isAsBefore() {
    return isAutoCommitAsBefore() && isLevelAsBefore();
  }

  private boolean isAutoCommitAsBefore() {
    return autoCommit == null || autoCommit == connection.isAutoCommit();
  }

  private boolean isLevelAsBefore() {
    return isolationLevel == null
        || isolationLevel.equals(connection.getTransactionIsolationLevel());
  }

  /** Ends an open transaction, and sets back what was changed. */
  Mono<Void> setBack() {
    return unless(connection::isAutoCommit, connection::rollbackTransaction)
        .then(
            unless(
                this::isAutoCommitAsBefore,
                () -> connection.setAutoCommit(Boolean.TRUE.equals(autoCommit))))
        .then(
            unless(
                this::isLevelAsBefore,
                () ->
                    connection.setTransactionIsolationLevel(
                        Objects.requireNonNull(isolationLevel))));
  }

  private Mono<Void> unless(BooleanSupplier isFine, Supplier<Publisher<Void>> action) {
    return Mono.defer(() -> isFine.getAsBoolean() ? Mono.empty() : ask(action));
  }

  /** In its pool: it has come back. */
  @Override
  public void run() {
    pool.cameBack(this);
  }

  /**
   * Asks the driver for something, on the lane; the signals come wherever the driver gives them.
   */
  <T> Mono<T> ask(Supplier<? extends Publisher<T>> question) {
    Mono<T> answer = Mono.defer(() -> Mono.fromDirect(question.get()));
    return lane == null ? answer : answer.subscribeOn(lane.scheduler());
  }

  /** Asks whether it can be used. Tells once, at once if the driver knows. */
  void validate(Consumer<Boolean> told) {
    PoolOptions options = pool.setup().options();
    if (lane == null && options.validationQuery() == null) {
      validateHere(options.validation(), told);
    } else {
      validate(ask(this::test), told);
    }
  }

  private void validateHere(ValidationDepth depth, Consumer<Boolean> told) {
    boolean isGood = false;
    try {
      Publisher<Boolean> answer = connection.validate(depth);
      if (!(answer instanceof Callable<?> known)) {
        validate(Mono.fromDirect(answer), told);
        return;
      }
      isGood = Boolean.TRUE.equals(known.call());
    } catch (Exception e) {
      // No answer is no good one.
    }
    told.accept(isGood);
  }

  private void validate(Mono<Boolean> answer, Consumer<Boolean> told) {
    Duration limit = pool.setup().options().cleanupTimeout();
    answer
        .timeout(Alarm.after(pool.loop(), limit), Mono.just(false))
        .onErrorReturn(false)
        .defaultIfEmpty(false)
        .subscribe(told);
  }

  private Publisher<Boolean> test() {
    PoolOptions options = pool.setup().options();
    String query = options.validationQuery();
    return query == null
        ? connection.validate(options.validation())
        : Flux.from(connection.createStatement(query).execute())
            .flatMap(result -> Flux.from(result.map((row, columns) -> true)))
            .then(Mono.just(true));
  }

  /** Closes it, and tells when that has ended in whatever way. */
  void close(Runnable closed) {
    Loop loop = pool.loop();
    this.<Void>ask(connection::close)
        .timeout(Alarm.after(loop, pool.setup().options().cleanupTimeout()), Mono.<Void>empty())
        .onErrorResume(error -> Mono.empty())
        .doFinally(end -> closed.run())
        .subscribe();
  }

  @Override
  public String toString() {
    return Text.format("%s of pool '%s'", connection, pool.name());
  }
}
